// What the demo must do for its visitors: with chosen, dropped or pasted files, and by keyboard
// alone. looks.mjs checks how it looks; the demo's own tests in Rust check who is kept out.

import assert from 'node:assert/strict';

const CARD = '#pictures > li';

/** One of the sample pictures that the demo draws. */
const LAKE = { place: 0, name: 'lake at dusk.jpg' };

async function drawn(url, { place, name }) {
  const answer = await fetch(`${url}samples/${place}`);
  return { name, mimeType: answer.headers.get('content-type'), buffer: Buffer.from(await answer.arrayBuffer()) };
}

const notes = (name) => ({ name, mimeType: 'image/jpeg', buffer: Buffer.from('These are notes, and no picture.') });

/** Waits until `count` uploads have ended and all their thumbnails have loaded. */
async function settled(page, count) {
  await page.waitForFunction(([card, wanted]) => {
    const cards = [...document.querySelectorAll(card)];
    const ended = cards.filter((one) => !one.classList.contains('waiting'));
    return ended.length === wanted && [...document.images].every((image) => image.complete);
  }, [CARD, count]);
}

/** The text of every card, and the size of its thumbnail in pixels. */
const cards = (page) => page.$$eval(CARD, (all) => all.map((card) => {
  const image = card.querySelector('img');
  return {
    outcome: card.className.replace('card ', ''),
    name: card.querySelector('bdi').textContent,
    words: card.innerText,
    pixels: image && [image.naturalWidth, image.naturalHeight],
  };
}));

/** Gives the page files as a drop or a paste would. */
const give = (page, type, files) => page.evaluate(([event, given]) => {
  const data = new DataTransfer();
  for (const { name, mimeType, base64 } of given) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    data.items.add(new File([bytes], name, { type: mimeType }));
  }
  const init = { bubbles: true, cancelable: true };
  const made = event === 'paste'
    ? new ClipboardEvent(event, { ...init, clipboardData: data })
    : new DragEvent(event, { ...init, dataTransfer: data });
  document.body.dispatchEvent(made);
}, [type, files.map(({ buffer, ...file }) => ({ ...file, base64: buffer.toString('base64') }))]);

/** What is focused, and whether the focus is visible. */
const focus = (page) => page.evaluate(() => {
  const element = document.activeElement;
  const shown = [element, element.nextElementSibling].filter(Boolean);
  const visible = shown.some((one) => getComputedStyle(one).outlineStyle === 'solid');
  return { id: element.id || element.value || element.className, visible };
});

/** Presses a key, and returns what is focused then; the focus must be visible. */
async function press(page, key) {
  await page.keyboard.press(key);
  const { id, visible } = await focus(page);
  assert.ok(visible, `the focus on ${id} is not visible`);
  return id;
}

/** Uploads the demo's sample pictures, and waits for all of them. */
export async function fill(page) {
  await page.click('#samples');
  const { samples } = await page.evaluate(async () => (await fetch('/about')).json());
  await settled(page, samples.length);
  // The thumbnail fades in over its placeholder.
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.frame img')].every((image) => getComputedStyle(image).opacity === '1'));
}

/** The visitor's preferences that the browser is given, for the checks that need them. */
export const options = { visitors_who_want_no_motion_get_none: { reducedMotion: 'reduce' } };

export const checks = {
  async chosen_files_become_thumbnails_of_the_right_size(page, url) {
    await page.setInputFiles('#files', [await drawn(url, LAKE), await drawn(url, { place: 2, name: 'wide.jpg' })]);
    await settled(page, 2);
    const [lake, wide] = await cards(page);
    assert.deepEqual([lake.pixels, wide.pixels], [[480, 320], [480, 120]]);
    assert.match(lake.words, /JPEG 2400 × 1600/);
    assert.match(lake.words, /JPEG 480 × 320/);
    assert.match(lake.words, /\d m?s\n/);
    assert.match(await page.innerText('#news'), /2 pictures of 2 became thumbnails/);
    const frame = await page.$eval('.frame', (one) => one.style.cssText);
    assert.match(frame, /--thumb: ?url\("data:image\/png.*--blur: ?url\("data:image\/png.*--dominant: ?#/s);
  },

  async dropped_and_pasted_files_become_thumbnails(page, url) {
    await give(page, 'drop', [await drawn(url, LAKE)]);
    await settled(page, 1);
    await give(page, 'paste', [await drawn(url, LAKE)]);
    await settled(page, 2);
    assert.deepEqual((await cards(page)).map(({ pixels }) => pixels), [[480, 320], [480, 320]]);
  },

  async a_file_that_is_no_picture_shows_the_reason(page) {
    await page.setInputFiles('#files', [notes('notes.jpg'), { ...notes('notes.txt'), mimeType: 'text/plain' }]);
    await settled(page, 2);
    const [jpg, txt] = await cards(page);
    assert.deepEqual([jpg.outcome, txt.outcome], ['rejected', 'skipped']);
    assert.match(jpg.words, /named like a picture, but there is none in it/);
    assert.match(jpg.words, /first bytes are not those of a supported picture format/);
    assert.match(await page.innerText('#news'), /notes\.jpg: It is named like a picture/);
  },

  async a_file_name_is_shown_as_text_and_never_run(page, url) {
    const name = '<img src=x onerror=alert(1)>"\'&.jpg';
    await page.setInputFiles('#files', [{ ...(await drawn(url, LAKE)), name }]);
    await settled(page, 1);
    const [card] = await cards(page);
    assert.deepEqual([card.name, card.outcome], [name, 'thumbnail']);
    assert.equal(await page.locator('img').count(), 1);
  },

  async a_file_over_the_limit_is_not_sent(page) {
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(50_000_001)], 'huge.jpg', { type: 'image/jpeg' }));
      document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, dataTransfer: data }));
    });
    await settled(page, 1);
    const [card] = await cards(page);
    assert.equal(card.outcome, 'failed');
    assert.match(card.words, /up to 50 MB can be sent/);
  },

  async everything_can_be_done_by_keyboard(page) {
    assert.equal(await press(page, 'Tab'), 'files');
    const chooser = page.waitForEvent('filechooser');
    await page.keyboard.press('Space');
    await (await chooser).setFiles([notes('notes.jpg')]);
    await settled(page, 1);
    assert.equal(await press(page, 'Tab'), 'samples');
    await page.keyboard.press('Enter');
    const { samples } = await page.evaluate(async () => (await fetch('/about')).json());
    await settled(page, samples.length + 1);
    assert.equal(await press(page, 'Tab'), 'thumbnail');
    const shown = () => page.$eval('.frame img', (image) => getComputedStyle(image).opacity);
    for (const view of ['thumb', 'blur', 'dominant']) {
      assert.equal(await press(page, 'ArrowRight'), view);
      await page.waitForFunction(() => getComputedStyle(document.querySelector('.frame img')).opacity === '0');
    }
    await press(page, 'ArrowRight');
    await page.waitForFunction(() => getComputedStyle(document.querySelector('.frame img')).opacity === '1');
    assert.equal(await shown(), '1');
    assert.match(await press(page, 'Tab'), /^frame loaded/);
  },

  async visitors_who_want_no_motion_get_none(page, url) {
    await page.setInputFiles('#files', [await drawn(url, LAKE)]);
    await settled(page, 1);
    const moving = await page.$$eval('*', (all) => all.filter((one) => {
      const { animationName, transitionDuration } = getComputedStyle(one);
      return animationName !== 'none' || transitionDuration !== '0s';
    }).length);
    assert.equal(moving, 0);
  },
};
