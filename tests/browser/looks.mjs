// Checks how a page looks, as far as that can be computed: nothing overflows sideways, and every
// text has enough contrast. The rest is for people to judge, by the screenshots that it writes.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';

/** The number of texts, and those with less contrast than WCAG 2.2 requires at level AA (1.4.3). */
function contrasts() {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  /** A CSS colour, in any notation, painted over `behind`; both in sRGB. */
  const painted = (color, behind) => {
    canvas.fillStyle = `rgb(${behind})`;
    canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = (color) => {
    const [red, green, blue] = color.map((value) => linear(value / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    if (!element) return [255, 255, 255];
    return painted(getComputedStyle(element).backgroundColor, ground(element.parentElement));
  };
  let seen = 0;
  const faint = [];
  for (const element of document.body.querySelectorAll('*')) {
    const text = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const hidden = element.closest('.unseen, template, noscript') || !element.checkVisibility();
    if (text.length === 0 || hidden) continue;
    const style = getComputedStyle(element);
    const behind = ground(element);
    const [less, more] = [luminance(painted(style.color, behind)), luminance(behind)].sort((a, b) => a - b);
    const ratio = (more + 0.05) / (less + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    seen += 1;
    if (ratio < (isLarge ? 3 : 4.5)) faint.push(`${text[0].data.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return { seen, faint };
}

/** Waits until every picture of the page is there, also those that are far down. */
async function loaded(page) {
  await page.evaluate(async () => {
    for (const image of document.images) image.loading = 'eager';
    await Promise.all([...document.images].map((image) => image.decode()));
  });
}

/** Checks a page at a width, and takes a screenshot of it. */
export async function check(page, { width, file, where }) {
  await page.setViewportSize({ width, height: width < 600 ? 844 : 800 });
  await loaded(page);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, `${where}: overflows sideways`);
  const { seen, faint } = await page.evaluate(contrasts);
  assert.ok(seen > 4, `${where}: only ${seen} texts found`);
  assert.deepEqual(faint, [], `${where}: too little contrast`);
  await page.screenshot({ path: `${file}.png`, fullPage: true });
}

/** Writes what the page shows from its top on, as WebP. */
async function picture(page, width, height, file) {
  await page.setViewportSize({ width, height });
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  await loaded(page);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
  await writeFile(file, Buffer.from(data, 'base64'));
}

/** The picture of the demo that docs/try.md shows. */
export async function demoPicture(page, file) {
  await picture(page, 1280, 800, file);
}

/** The picture of the contact sheet that the README shows: its top, three of its rules, not all of their pictures. */
export async function sheetPicture(page, file) {
  const width = 1400;
  await page.setViewportSize({ width, height: 800 });
  await page.addStyleTag({ content: `
    nav, section:not(#rule-0, #rule-1, #rule-5), #rule-0 .rows > li:nth-child(n + 2),
    #rule-5 .sheet > li:nth-child(n + 11) { display: none }` });
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await picture(page, width, height, file);
}
