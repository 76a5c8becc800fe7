// Tests the demo and the contact sheet in a browser: opens both, makes every check, writes every
// screenshot, and fails at the first check that does not hold.
//
//   node main.mjs NODE_MODULES DEMO_BINARY CONTACT_SHEET SCREENSHOTS

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import assert from 'node:assert/strict';

import * as demo from './demo.mjs';
import * as looks from './looks.mjs';

const [modules, binary, sheet, out] = process.argv.slice(2).map((path) => resolve(path));
const { chromium } = createRequire(`${modules}/`)('playwright-core');

/** Starts the demo on a free port, and reads its address from what it prints. */
async function startDemo() {
  const env = { ...process.env, MAX_RENDER_SECONDS: '900' };
  const child = spawn(binary, ['--port', '0'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = line.match(/http:\/\/127\.0\.0\.1:\d+\//)?.[0];
    if (url) return { child, url };
  }
  throw new Error('the demo ended before it printed its address');
}

/** Opens a page, and records what it must not do: log errors or warnings, ask other servers. */
async function open(browser, origin, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  // No check depends on time; this only ends a check that would never end.
  page.setDefaultTimeout(600_000);
  const misdeeds = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) misdeeds.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => misdeeds.push(`error: ${error}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith('data:')) misdeeds.push(`request: ${url}`);
  });
  const close = async () => {
    assert.deepEqual(misdeeds, []);
    await context.close();
  };
  return { page, close };
}

const begun = performance.now();
await mkdir(out, { recursive: true });
const { child, url } = await startDemo();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
let checks = 0;
try {
  for (const [name, check] of Object.entries(demo.checks)) {
    const { page, close } = await open(browser, url, demo.options[name] ?? {});
    try {
      await page.goto(url);
      await check(page, url);
      await close();
    } catch (cause) {
      throw new Error(`the demo: ${name.replaceAll('_', ' ')}`, { cause });
    }
    checks += 1;
    console.log(`  ${name.replaceAll('_', ' ')}`);
  }
  const pages = { demo: [url, demo.fill], 'contact-sheet': [pathToFileURL(sheet).href, async () => {}] };
  for (const [name, [address, fill]] of Object.entries(pages)) {
    for (const colorScheme of ['light', 'dark']) {
      const { page, close } = await open(browser, address.replace(/[^/]*$/, ''), { colorScheme });
      await page.goto(address);
      for (const state of name === 'demo' ? ['empty', 'filled'] : ['filled']) {
        if (state === 'filled') await fill(page);
        for (const width of [390, 1280]) {
          const file = `${out}/${name}-${state}-${width}-${colorScheme}`;
          await looks.check(page, { width, file, where: `${name}, ${state}, ${width}, ${colorScheme}` });
          checks += 1;
        }
      }
      const draw = { demo: looks.demoPicture, 'contact-sheet': looks.sheetPicture }[name];
      if (colorScheme === 'light') await draw(page, `${out}/${name}.webp`);
      await close();
    }
  }
} finally {
  await browser.close();
  child.kill('SIGINT');
}
const [code, signal] = await once(child, 'exit');
assert.deepEqual([code, signal], [0, null], 'the demo does not exit with 0');
const seconds = ((performance.now() - begun) / 1000).toFixed(1);
console.log(`${checks} checks of the demo and the contact sheet in ${seconds} s; screenshots in target/browser/`);
