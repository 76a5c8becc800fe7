// Makes a corpus out of a folder of pictures: `make conformance` compares with what sharp (libvips)
// makes of each. A picture that sharp cannot read, or finds damaged, is `optional`: rejecting it is
// right as well.
//
//   mkdir -p corpus && cp -r ~/Pictures corpus/images
//   cd corpus && npm install sharp && node ../tests/conformance/reference.mjs

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

// The folder that this is called in, not the folder of this file.
const corpus = process.cwd();
const sharp = createRequire(join(corpus, 'package.json'))('sharp');

const images = join(corpus, 'images');
const entries = await readdir(images, { recursive: true, withFileTypes: true });
const files = entries
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(images.length + 1));

const lines = ['file\tverdict\twidth\theight\tnote'];
for (const file of files.sort()) {
  const picture = (failOn) =>
    sharp(join(images, file), { failOn })
      .rotate()
      .resize(256, 256, { fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .png()
      .toBuffer({ resolveWithObject: true });
  try {
    const { data, info } = await picture('warning');
    const space = (await sharp(join(images, file)).metadata()).space;
    const note = ['cmyk', 'lab'].includes(space) ? { cmyk: 'CMYK', lab: 'CIELab' }[space] : '';
    const path = join(corpus, 'reference', `${file}.png`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, data);
    lines.push(`${file}\tthumbnail\t${info.width}\t${info.height}\t${note}`);
  } catch (error) {
    lines.push(`${file}\toptional\t\t\t${error.message.split('\n')[0].replaceAll('\t', ' ')}`);
  }
}
await writeFile(join(corpus, 'manifest.tsv'), `${lines.join('\n')}\n`);
