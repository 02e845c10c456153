// `npm run docs:pictures [-- --on <data folder of a demo that runs>] [-- --raw <folder>] [-- --only <pages>]`: a picture of every page of the console,
// in both languages and on a phone, in docs/console/, and docs/pictures.md beside them. Each run has a day of its own.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { register } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { fillWorld } from './console-world.mjs';
import { SAYS } from './console-pages.mjs';

register('../bench/support/typescript.mjs', import.meta.url);

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, 'docs', 'console');
const CHROMIUM = '/usr/bin/chromium';
/** Points; a phone is drawn at two dots a point. */
const [DESK, PHONE] = [1440, 360];
/** As they stand in the docs, in dots: of longer pages the rest is left out. */
const [DESK_DRAWN, PHONE_DRAWN, TALLEST] = [960, 320, 1_000];
const GAP = 12;
/** All of them, in bytes. */
const MOST = 12_000_000;

const { values: options } = parseArgs({ options: { on: { type: 'string' }, raw: { type: 'string' }, only: { type: 'string' } } }); // prettier-ignore

/** Every page by its path, as the registry of pages has them. */
function pagesOfConsole() {
  const registry = readFileSync(join(ROOT, 'web', 'src', 'pages', 'registry.ts'), 'utf8');
  const paths = [...registry.matchAll(/path: '([^']+)'/g)].map(([, path]) => path);
  const pages = [...paths, '/sign-in', '/demo'];
  const untold = pages.filter((path) => SAYS[path] === undefined);
  if (untold.length > 0) throw new Error(`Say in scripts/console-pages.mjs what is seen on ${untold.join(', ')}.`);
  return pages.filter(
    (path) => options.only === undefined || options.only.split(',').some((name) => nameOf(path).includes(name)),
  );
}

const nameOf = (path) => path.replaceAll('$', 'one-').replace(/^\/$/, '/inbox').slice(1).replaceAll('/', '-');

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return String(port);
}

/** The demo, on ports and a folder of its own. */
async function startDemo() {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-pictures-'));
  const { chmodSync } = await import('node:fs');
  chmodSync(folder, 0o755); // as root the database runs under another account
  const names = ['TERMINAL', 'BANK', 'HTTP', 'PUBLIC', 'UPDATES'];
  const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [`KALABARG_${name}_PORT`, await freePort()]))); // prettier-ignore
  const data = join(folder, 'data');
  const environment = { ...process.env, ...ports, KALABARG_DATA: data, KALABARG_REGISTRY_PORT: '0' };
  const child = spawn(process.execPath, [join(ROOT, 'bin', 'kalabarg.js'), 'start'], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] }); // prettier-ignore
  await new Promise((done, fail) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      if (said.includes('is ready')) done();
    });
    child.once('exit', () => fail(new Error(`the demo ended: ${said}`)));
  });
  return {
    ...worldOf(data, environment),
    stop: () =>
      new Promise((done) => {
        child.removeAllListeners('exit');
        child.once('exit', () => {
          rmSync(folder, { recursive: true, force: true });
          done();
        });
        child.kill('SIGINT');
      }),
  };
}

function worldOf(data, environment) {
  const { KALABARG_HTTP_PORT: http = '8080', KALABARG_PUBLIC_PORT: door = '8090' } = environment;
  return { data, environment, http: `http://localhost:${http}`, door: `http://localhost:${door}` };
}

/** A window in which a person of the demo is signed in. */
async function windowOf(browser, { http, data }, { login, language, width }) {
  const phone = width === PHONE;
  const context = await browser.newContext({
    viewport: { width, height: phone ? 740 : 900 },
    deviceScaleFactor: phone ? 2 : 1,
    ...(phone ? { isMobile: true, hasTouch: true } : {}),
    locale: 'fa-IR',
    timezoneId: 'Asia/Tehran',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(`${http}/console/sign-in`);
  if (language === 'en') await page.getByRole('button', { name: 'English' }).click();
  const code = readFileSync(join(data, 'secrets', 'demo-console.txt'), 'utf8').trim();
  await page.goto(`${http}/console/demo#${code}`);
  const name = login === 'demo-maker' ? /Demo Maker|ثبت‌کنندهٔ نمایشی/ : /Demo Checker|تأییدکنندهٔ نمایشی/;
  await page.getByRole('button', { name }).click();
  await page.waitForURL(/\/console\/$/);
  return page;
}

/** Where `/x/$id` leads: the first of its list that is there. */
async function addressesOf(page, http, paths) {
  const found = new Map();
  for (const path of paths.filter((each) => each.includes('$'))) {
    const [list] = path.split('/$');
    const from = list === '/households' ? '/transactions' : list;
    await open(page, `${http}/console${from}`);
    const first = page.locator(`main a[href^="/console${list}/"]`).first();
    if ((await first.count()) > 0) found.set(path, await first.getAttribute('href'));
  }
  return found;
}

async function open(page, url) {
  await page.goto(url);
  await page.locator('h1').waitFor();
  await page.waitForFunction('!/در حال خواندن…|Reading…/.test(document.body.innerText)', null, { timeout: 15_000 }).catch(() => undefined); // prettier-ignore
  // what is read comes after the heading; a page that is told of everything as it happens is never idle
  await page.waitForLoadState('networkidle', { timeout: 4_000 }).catch(() => undefined);
  await page.evaluate('document.fonts.ready');
  await page.waitForTimeout(400); // charts draw themselves
}

async function shoot(page) {
  return page.screenshot({ fullPage: true });
}

/** As the checker sees it, or the maker, where it is another role's page; nobody is signed in where people sign in. */
async function shotOf(world, { language, width, drawn, checker, maker, stranger }, path, address) {
  const outside = path === '/sign-in' || path === '/demo';
  let page = outside ? stranger : checker;
  if (outside && language === 'en') {
    await open(page, `${world.http}/console/sign-in`);
    const english = page.getByRole('button', { name: 'English' });
    if ((await english.count()) > 0) await english.click();
  }
  const code = path === '/demo' ? `#${readFileSync(join(world.data, 'secrets', 'demo-console.txt'), 'utf8').trim()}` : ''; // prettier-ignore
  await open(page, `${world.http}${address}${code}`);
  if (await page.getByText(/این صفحه از آنِ نقش دیگری است|This page is another role/).count()) {
    page = maker;
    await open(page, `${world.http}${address}`);
  }
  const image = await shoot(page);
  if (options.raw !== undefined) writeFileSync(join(options.raw, `${nameOf(path)}-${language}-${width}.png`), image);
  return { image, width, drawn };
}

/** The same page in English, in Persian and on a phone, side by side. */
async function sheetOf(shots) {
  const parts = await Promise.all(
    shots.map(async ({ image, width, drawn }) => {
      const { height = 0, width: dots = width } = await sharp(image).metadata();
      const tall = Math.min(height, Math.round((TALLEST * dots) / drawn));
      const resized = sharp(await sharp(image).extract({ left: 0, top: 0, width: dots, height: tall }).toBuffer()).resize({ width: drawn }); // prettier-ignore
      const { data, info } = await resized.toBuffer({ resolveWithObject: true });
      return { input: data, width: info.width, height: info.height };
    }),
  );
  const height = Math.max(...parts.map((part) => part.height)) + 2 * GAP;
  let left = GAP;
  const placed = parts.map(({ input, width }) => {
    const at = { input, left, top: GAP };
    left += width + GAP;
    return at;
  });
  return sharp({ create: { width: left, height, channels: 3, background: '#8a938d' } })
    .composite(placed)
    .webp({ quality: 72, effort: 6 })
    .toBuffer();
}

async function main() {
  const pages = pagesOfConsole();
  const own = options.on === undefined;
  const world = own ? await startDemo() : worldOf(options.on, process.env);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] }); // prettier-ignore
  try {
    if (own) await fillWorld(world, browser);
    await takeAll(browser, world, pages);
  } finally {
    await browser.close();
    if (own) await world.stop();
  }
}

async function takeAll(browser, world, pages) {
  const looks = [
    { language: 'en', width: DESK, drawn: DESK_DRAWN },
    { language: 'fa', width: DESK, drawn: DESK_DRAWN },
    { language: 'fa', width: PHONE, drawn: PHONE_DRAWN },
  ];
  const windows = [];
  for (const look of looks)
    windows.push({
      ...look,
      checker: await windowOf(browser, world, { ...look, login: 'demo-checker' }),
      maker: await windowOf(browser, world, { ...look, login: 'demo-maker' }),
      stranger: await (await browser.newContext({ viewport: { width: look.width, height: 740 }, deviceScaleFactor: look.width === PHONE ? 2 : 1, locale: 'fa-IR', reducedMotion: 'reduce' })).newPage(), // prettier-ignore
    });
  const addresses = new Map([
    ...(await addressesOf(windows[0].maker, world.http, pages)),
    ...(await addressesOf(windows[0].checker, world.http, pages)),
  ]);
  const made = [];
  let bytes = 0;
  mkdirSync(OUT, { recursive: true });
  if (options.raw !== undefined) mkdirSync(options.raw, { recursive: true });
  for (const path of pages) {
    const address = path.includes('$') ? addresses.get(path) : `/console${path}`;
    if (address === undefined) {
      console.log(`pictures: there is no ${path} in this world`);
      continue;
    }
    const shots = await Promise.all(windows.map((window) => shotOf(world, window, path, address)));
    const file = join(OUT, `${nameOf(path)}.webp`);
    writeFileSync(file, await sheetOf(shots));
    bytes += statSync(file).size;
    made.push(path);
    console.log(`pictures: ${path}`);
  }
  if (options.only === undefined) writeFileSync(join(ROOT, 'docs', 'pictures.md'), indexOf(made));
  console.log(`pictures: ${made.length} pages, ${(bytes / 1e6).toFixed(1)} MB`);
  if (bytes > MOST) throw new Error(`The pictures have ${bytes} bytes, more than ${MOST}.`);
}

function indexOf(paths) {
  const parts = paths.map((path) => `## \`${path}\`\n\n${SAYS[path]}\n\n![${SAYS[path].replace(/\.$/, '')}](console/${nameOf(path)}.webp)\n`); // prettier-ignore
  return `# Pictures of the console

Every page, in English, in Persian and on a phone, on a day of the demo. \`npm run docs:pictures\` takes them: it starts a demo of its own, fills a day, pays
it, and signs in as the demo's two people. What the pages are for: [console.md](console.md).

${parts.join('\n')}`;
}

await main();
