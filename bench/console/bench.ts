import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { startSystem, type System } from '../../test/support/system.ts';
import { quantile, shown, spread } from '../support/spread.ts';
import { MARK, traced, type Work } from './trace.ts';

const CHROMIUM = '/usr/bin/chromium';

/** The live overview at full traffic: what it costs the browser that shows it (alone, by a replay; and beside the load), and what it costs the
 *  gateway: rounds without and with a watcher take turns, so that what else the machine does falls on both. */
export async function run(args: string[]): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { rounds: text, seconds: text, rate: text, updates: text, only: text } }); // prettier-ignore
  const [rounds, seconds, rate, updates] = [values.rounds ?? '6', values.seconds ?? '10', values.rate ?? '1000', values.updates ?? '60'].map(Number) as [number, number, number, number]; // prettier-ignore
  const wanted = (part: string): boolean => values.only === undefined || values.only === part;
  const system = await startSystem();
  try {
    const load = loader(system, rate);
    await load(5); // warms up, and gives the charts something to show
    if (wanted('page')) tell(`the page alone, ${updates} updates at ${rate}/s`, await pageAlone(system, rate, updates));
    if (wanted('live')) {
      const beside = load(30);
      tell(`the page beside a load of ${rate}/s`, await pageLive(system, 28_000));
      await beside;
    }
    if (wanted('gateway')) await gateway(system, { rounds, seconds, rate });
  } finally {
    await system.stop();
  }
}

function tell(title: string, { longest, busiest, script, layout, paint, frames }: Work): void {
  const ms = (values: readonly number[]): string => {
    const sorted = values.toSorted((a, b) => a - b);
    return [0.5, 0.95, 1].map((share) => quantile(sorted, share).toFixed(1)).join(' / ');
  };
  console.log(`${title} (load of the machine ${loadavg()[0]?.toFixed(1) ?? '?'}); ms, p50 / p95 / most`);
  console.log(`  longest task of an update ${ms(longest)}; over 16 ms: ${longest.filter((each) => each > 16).length} of ${longest.length}`); // prettier-ignore
  console.log(`  the same in time of the thread ${ms(busiest)}; over 16 ms: ${busiest.filter((each) => each > 16).length} of ${busiest.length}`); // prettier-ignore
  console.log(`  script ${ms(script)}; style and layout ${ms(layout)}; paint ${ms(paint)}`);
  console.log(`  between frames ${ms(frames)}; over 33 ms: ${frames.filter((each) => each > 33).length} of ${frames.length}`); // prettier-ignore
}

interface Round {
  readonly perSecond: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of the gateway's processor for a request. */
  readonly cpu: number;
}

/** @returns runs `kalabarg load` for so long against it */
function loader(system: System, rate: number): (seconds: number) => Promise<Round> {
  let seed = 1;
  return async (seconds) => {
    const file = join(system.data, `load-${seed}.json`);
    const before = cpuMs(system);
    const done = await system.kalabarg('load', '--rate', `${rate}/s`, '--for', `${seconds}s`, '--warm-up', '1s', '--mix', 'purchase=80,split=20', '--seed', String(seed++), '--json', file); // prettier-ignore
    if (done.status !== 0) throw new Error(done.stderr);
    const cpu = cpuMs(system) - before;
    const result = JSON.parse(readFileSync(file, 'utf8')) as { perSecond: number; done: number; failed: number; percentiles: Record<string, number> }; // prettier-ignore
    const { perSecond, failed, percentiles } = result;
    return { perSecond, failed, p50: percentiles['50'] ?? NaN, p99: percentiles['99'] ?? NaN, cpu: cpu / result.done };
  };
}

/** Of the gateway's process, user and system; Linux counts it in hundredths of a second. */
function cpuMs({ process: child }: System): number {
  const stat = readFileSync(`/proc/${child.pid ?? 0}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(stat[11]) + Number(stat[12])) * 10;
}

async function gateway(system: System, { rounds, seconds, rate }: { rounds: number; seconds: number; rate: number }): Promise<void> {
  const load = loader(system, rate);
  const [without, watched]: [Round[], Round[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    without.push(await load(seconds));
    const watcher = await watch(system);
    watched.push(await load(seconds));
    watcher.end();
    console.log(`  round ${round + 1}: the watcher was told ${watcher.events()} times`);
  }
  console.log(`${rounds} rounds of ${seconds} s each way at ${rate}/s (load of the machine ${loadavg()[0]?.toFixed(1) ?? '?'}); median (least to most)`); // prettier-ignore
  for (const [name, digits] of [['perSecond', 0], ['p50', 2], ['p99', 2], ['cpu', 3]] as const) {
    const of = (all: readonly Round[]): number[] => all.map((round) => round[name]);
    const ratios = of(watched).map((one, at) => one / (without[at]?.[name] ?? NaN));
    console.log(`  ${name}: without ${shown(spread(of(without)), digits)}, watched ${shown(spread(of(watched)), digits)}, ratio ${shown(spread(ratios), 3)}`); // prettier-ignore
  }
} // prettier-ignore

/** As a browser on another machine: it takes the events, and asks for the range every fifteen seconds. */
async function watch(system: System): Promise<{ end(): void; events(): number }> {
  const cookie = await sessionOf(system);
  const url = `http://localhost:${system.httpPort}/api/v1/overview`;
  let events = 0;
  const stream = get(`${url}/stream`, { headers: { cookie } }, (answer) => {
    answer.setEncoding('utf8').on('data', (chunk: string) => (events += chunk.split('event: now').length - 1));
  });
  stream.on('error', () => undefined); // it is ended by us
  const range = setInterval(() => void fetch(`${url}?range=15m`, { headers: { cookie } }).then((answer) => answer.text()), 15_000); // prettier-ignore
  return {
    events: () => events,
    end: () => {
      clearInterval(range);
      stream.destroy();
    },
  };
}

/** The session of the demo's checker, as the link of `npm start` gives it. */
async function sessionOf(system: System): Promise<string> {
  const origin = `http://localhost:${system.httpPort}`;
  const answer = await fetch(`${origin}/api/v1/session/demo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin, 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ code: codeOf(system), login: 'demo-checker' }),
  });
  if (answer.status !== 201) throw new Error(`the demo lets nobody in: ${answer.status} ${await answer.text()}`);
  return answer.headers.getSetCookie().map((each) => each.split(';')[0]).join('; '); // prettier-ignore
}

const codeOf = ({ data }: System): string => readFileSync(join(data, 'secrets', 'demo-console.txt'), 'utf8').trim();

/** Takes the place of EventSource: the page is told by the bench, or marks what it is told by the gateway. */
const REPLAY = `window.EventSource = class extends EventTarget { constructor() { super(); window.benchStream = this; } close() {} };`;
const MARKED = `{ const Real = window.EventSource; window.EventSource = class extends Real {
  constructor(...args) { super(...args); this.addEventListener('now', () => performance.mark('${MARK}')); } }; }`;

async function opened(system: System, script: string, work: (page: Page) => Promise<Work>): Promise<Work> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] }); // prettier-ignore
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.addInitScript(script);
    await page.goto(`http://localhost:${system.httpPort}/console/demo#${codeOf(system)}`);
    await page.getByRole('button', { name: /تأییدکنندهٔ نمایشی|Demo Checker/ }).click();
    await page.waitForURL(/\/console\/$/);
    await page.goto(`http://localhost:${system.httpPort}/console/overview`);
    await page.locator('canvas').first().waitFor();
    return await work(page);
  } finally {
    await browser.close();
  }
}

/** Four updates a second, of which each is as full as a second of that traffic makes it: twenty times as often as the gateway tells. */
const BETWEEN_MS = 250;

function pageAlone(system: System, rate: number, updates: number): Promise<Work> {
  return opened(system, REPLAY, async (page) => {
    const now = await page.evaluate<object>(`fetch('/api/v1/overview?range=15m').then((answer) => answer.json())`);
    await page.evaluate(`window.benchNow = ${JSON.stringify(now)}`);
    return traced(page, async () => {
      for (let update = 0; update < updates; update++) {
        await page.evaluate(`{
          const now = structuredClone(window.benchNow);
          const jitter = () => ${rate} * (0.9 + Math.random() / 5);
          now.at = new Date().toISOString();
          now.live.perSecond = jitter();
          now.live.purchases = Array.from({ length: 900 }, jitter).map(Math.round);
          const data = JSON.stringify(now);
          setTimeout(() => {
            performance.mark('${MARK}');
            window.benchStream.dispatchEvent(new MessageEvent('now', { data }));
          }, 20); // a task of its own, as an event is: what makes it up here is no work of the page
        }`);
        await sleep(BETWEEN_MS);
      }
    });
  });
}

function pageLive(system: System, forMs: number): Promise<Work> {
  return opened(system, MARKED, (page) => traced(page, () => sleep(forMs)));
}
