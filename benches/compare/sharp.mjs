// sharp's side of `make bench`: runs one case at a time, on one thread, with the fastest of its
// documented options and otherwise its defaults.
//
//   node sharp.mjs NODE_MODULES CASES             runs a case for each `go` or `write` on stdin
//   node sharp.mjs NODE_MODULES CASES CASE WAY    runs one case, and prints its peak memory

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [modules, file, onlyCase, onlyWay] = process.argv.slice(2);
const sharp = createRequire(join(modules, "x"))("sharp");
sharp.concurrency(1);
sharp.cache(false);

const cases = new Map(JSON.parse(readFileSync(file, "utf8")).map((one) => [one.name, one]));
const sources = new Map();

function source(job) {
  if (!sources.has(job.source)) sources.set(job.source, readFileSync(job.source));
  return sources.get(job.source);
}

function resize(image, [width, height]) {
  return image.resize(width, height, { fit: "inside", withoutEnlargement: true });
}

function encode(image, { format, quality }) {
  return image.toFormat(format, format === "png" ? {} : { quality }).toBuffer();
}

// Turned upright, as the documentation shows it; a picture without orientation stays as it is.
function open(bytes) {
  return sharp(bytes).autoOrient();
}

// The ways to make several thumbnails of one picture; for a single thumbnail, they are the same.
const ways = {
  // As in sharp's documentation: one picture, cloned for each thumbnail.
  async clones(job, bytes) {
    const image = open(bytes);
    return Promise.all(job.boxes.map((box) => encode(resize(image.clone(), box), job)));
  },
  // The largest thumbnail from the file, the others from its pixels.
  async cascade(job, bytes) {
    const largest = job.boxes.reduce((one, other) => (other[0] > one[0] ? other : one));
    const { data, info } = await resize(open(bytes), largest)
      .raw()
      .toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: info.channels };
    return Promise.all(job.boxes.map((box) => encode(resize(sharp(data, { raw }), box), job)));
  },
};

if (onlyCase) {
  const job = cases.get(onlyCase);
  await ways[onlyWay](job, source(job));
  // Not getrusage(2), whose figure includes the memory of the process that started this one.
  const line = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"));
  console.log(JSON.stringify({ peak_kib: line ? Number(line[1]) : null }));
  process.exit();
}

const { sharp: version, vips } = sharp.versions;
const hello = {
  version: `sharp ${version} (libvips ${vips}, Node ${process.versions.node})`,
  ways: Object.keys(ways),
};
console.log(JSON.stringify(hello));

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, name, way, folder] = line.split("\t");
  const job = cases.get(name);
  const bytes = source(job);
  try {
    const started = process.hrtime.bigint();
    const made = await ways[way](job, bytes);
    const ms = Number(process.hrtime.bigint() - started) / 1e6;
    const paths = made.map((_, place) => join(folder ?? "", `sharp-${place}`));
    if (verb === "write") paths.forEach((path, place) => writeFileSync(path, made[place]));
    console.log(JSON.stringify(verb === "go" ? { ms } : paths));
  } catch (error) {
    console.log(JSON.stringify({ cannot: error.message.split("\n")[0] }));
  }
}
