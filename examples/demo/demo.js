// Uploads pictures and shows the outcome of each. It decides nothing about pictures, and puts file
// names and answers into the page as text only.

/** How many uploads run at once. */
const AT_ONCE = 3;

const find = (id) => document.getElementById(id);
const waiting = [];
const times = [];
const totals = { made: 0, refused: 0, in: 0, out: 0 };
let working = 0;
let round = [];
/** The demo's description of itself: its upload limit, and the samples it can draw. */
const about = fetch('/about').then((answer) => answer.json());

/** An element with a class and children. */
function element(name, className = '', ...inside) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...inside);
  return made;
}

/** Takes files for upload. */
function takeFiles(files) {
  take([...files].map((file) => ({ name: file.name || 'pasted picture', open: async () => file })));
}

/** Has the demo draw its samples, and uploads them as if they were the visitor's. */
async function takeSamples() {
  const { samples } = await about;
  const open = (name, place) => async () => {
    const drawing = await (await fetch(`/samples/${place}`)).blob();
    return new File([drawing], name, { type: drawing.type });
  };
  take(samples.map((name, place) => ({ name, open: open(name, place) })));
}

/** Adds a card for each upload before the others, and starts uploading. */
function take(uploads) {
  if (uploads.length === 0) return;
  document.body.classList.add('begun');
  find('results').hidden = false;
  for (const upload of uploads) {
    upload.card = find('card').content.firstElementChild.cloneNode(true);
    upload.card.querySelector('bdi').textContent = upload.name;
    upload.card.querySelector('.time').textContent = 'waiting';
    waiting.push(upload);
  }
  find('pictures').prepend(...uploads.map((upload) => upload.card));
  tell(`${counted(uploads.length, 'file')} being uploaded.`);
  while (working < AT_ONCE && waiting.length > 0) work();
}

/** Uploads what is waiting until nothing is. */
async function work() {
  working += 1;
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    next.card.querySelector('.time').textContent = 'working';
    const answer = await send(next);
    show(next, answer);
    round.push({ name: next.name, ...answer });
  }
  working -= 1;
  if (working === 0) announce();
}

/** The outcome of an upload; one that never reaches the function has failed. */
async function send({ name, open }) {
  const failed = (plain, reason = '') => ({ outcome: 'failed', plain, reason, thumbnails: [] });
  try {
    const file = await open();
    const { max_bytes: limit } = await about;
    if (file.size > limit) return failed(`It has ${inBytes(file.size)}, but only up to ${limit / 1e6} MB can be sent.`);
    const isReadable = await file.slice(0, 1).arrayBuffer().then(() => true, () => false);
    if (!isReadable) return failed('It cannot be read. Is it a folder? Drop the pictures in it instead.');
    const answer = await fetch(`/pictures/${encodeURIComponent(name)}`, {
      method: 'POST',
      headers: { 'Content-Type': file.type || 'application/octet-stream' },
      body: file,
    });
    return answer.ok ? await answer.json() : failed('It was not accepted.', await answer.text());
  } catch {
    return failed('The demo does not answer. Is it still running?');
  }
}

/** Shows the outcome of an upload in its card. */
function show({ card, name }, answer) {
  card.classList.replace('waiting', answer.outcome);
  const time = answer.milliseconds;
  card.querySelector('.time').textContent = time === undefined ? '' : inMilliseconds(time);
  const mat = card.querySelector('.mat');
  const told = card.querySelector('.told');
  if (answer.thumbnails.length > 0) {
    times.push(time);
    const widest = answer.thumbnails.reduce((most, one) => (one.width > most.width ? one : most));
    mat.append(picture(widest, answer.placeholders, name));
    told.append(facts(answer));
  } else {
    totals.refused += 1;
    const exact = sentence(answer.reason ?? '');
    const verdict = { skipped: 'Skipped', rejected: 'Rejected' }[answer.outcome] ?? 'Failed';
    mat.append(element('p', 'verdict', element('b', '', verdict), answer.plain ?? exact));
    if (answer.plain) told.append(exact);
  }
  totals.made += answer.thumbnails.length;
  totals.in += answer.bytes ?? 0;
  totals.out += answer.thumbnails.reduce((sum, one) => sum + one.bytes, 0);
  find('made').textContent = totals.made;
  find('refused').textContent = totals.refused;
  find('in').textContent = inBytes(totals.in);
  find('out').textContent = inBytes(totals.out);
  const middle = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
  find('median').textContent = middle === undefined ? '–' : inMilliseconds(middle);
}

/** The thumbnail, in a frame of its shape that shows the placeholder until it has loaded. */
function picture(thumbnail, placeholders, name) {
  const image = element('img');
  const frame = element('a', 'frame', image);
  frame.style.setProperty('--width', thumbnail.width);
  frame.style.setProperty('--height', thumbnail.height);
  if (placeholders) {
    find('views').hidden = false;
    frame.style.setProperty('--thumb', `url("${placeholders.thumb_hash}")`);
    frame.style.setProperty('--blur', `url("${placeholders.blur_hash}")`);
    frame.style.setProperty('--dominant', placeholders.dominant);
  }
  frame.classList.toggle('clear', placeholders ? !placeholders.is_opaque : thumbnail.content_type !== 'image/jpeg');
  frame.href = `/${thumbnail.key.split('/').map(encodeURIComponent).join('/')}`;
  frame.target = '_blank';
  image.addEventListener('load', () => frame.classList.add('loaded'));
  image.alt = `Thumbnail of ${name}`;
  image.width = thumbnail.width;
  image.height = thumbnail.height;
  image.src = frame.href;
  return frame;
}

/** The original and each thumbnail: format, pixels, bytes. */
function facts({ source, thumbnails, bytes }) {
  const row = (label, className, ...cells) =>
    element('div', '', element('dt', className, label), ...cells.map((cell) => element('dd', className, cell)));
  const pixels = ({ width, height }) => `${width} × ${height}`;
  return element('dl', 'facts',
    row('Original', '', `${formatName(source.format)} ${pixels(source)}`, inBytes(bytes)),
    ...thumbnails.map((one) => row(one.name || 'Thumbnail', 'result',
      `${formatName(one.content_type)} ${pixels(one)}`, inBytes(one.bytes))));
}

const sentence = (text) => text && `${text[0].toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;

/** Announces a text to screen readers. */
function tell(text) {
  find('news').textContent = text;
}

/** Announces the outcome of all uploads since the last time. */
function announce() {
  const made = round.filter((one) => one.outcome === 'thumbnail');
  const rest = round.filter((one) => one.outcome !== 'thumbnail');
  const parts = [`${counted(made.length, 'picture')} of ${round.length} became thumbnails.`];
  for (const one of rest) parts.push(`${one.name}: ${one.plain ?? one.reason}`);
  tell(parts.join(' '));
  round = [];
}

/** Reports a failure that is not about a file. */
function trouble() {
  find('trouble').textContent = 'The demo does not answer. Is it still running?';
  find('trouble').hidden = false;
}

/** Bytes in the decimal units that file managers use. */
function inBytes(count) {
  const units = ['B', 'kB', 'MB', 'GB'];
  const place = count < 1000 ? 0 : Math.min(Math.floor(Math.log10(count * 1.00005) / 3), 3);
  return `${(count / 1000 ** place).toFixed(place === 0 ? 0 : 1)} ${units[place]}`;
}

function inMilliseconds(time) {
  if (time >= 999.5) return `${(time / 1000).toFixed(1)} s`;
  return `${time.toFixed(time < 9.95 ? 1 : 0)} ms`;
}

const counted = (count, one) => `${count} ${one}${count === 1 ? '' : 's'}`;

/** What to call a format, by its name in reports or its media type. */
function formatName(name) {
  const short = name.replace('image/', '');
  return short === 'webp' ? 'WebP' : short.toUpperCase();
}

const carriesFiles = (event) => event.dataTransfer?.types.includes('Files');

addEventListener('dragover', (event) => {
  // Without this the browser would open the dropped file.
  event.preventDefault();
  document.body.classList.toggle('dragging', Boolean(carriesFiles(event)));
});
addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) document.body.classList.remove('dragging');
});
addEventListener('drop', (event) => {
  event.preventDefault();
  document.body.classList.remove('dragging');
  takeFiles(event.dataTransfer?.files ?? []);
});
addEventListener('paste', (event) => takeFiles(event.clipboardData?.files ?? []));
find('files').addEventListener('change', (event) => {
  takeFiles(event.target.files);
  // So that the same file can be chosen again.
  event.target.value = '';
});
find('samples').addEventListener('click', () => takeSamples().catch(trouble));
for (const view of document.querySelectorAll('[name="view"]')) {
  view.addEventListener('change', () => { document.body.dataset.view = view.value; });
}

about.then(({ max_bytes: limit }) => { find('limit').textContent = `${limit / 1e6} MB`; }, trouble);
