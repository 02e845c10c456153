import { join } from 'node:path';
import { compile, encodeFrame, loadSpec } from '../../src/codec/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { DEMO_PIN, DEMO_TERMINALS, demoPan, demoTrack2 } from '../../src/demo/programme.ts';
import { SimulatedTerminal } from '../../src/simulators/terminal/index.ts';
import { quantile } from '../support/spread.ts';
import { HOUSEHOLDS } from './households.ts';
import type { Opening, Order, Purchase, RunResult, Said } from './protocol.ts';
import { Wire } from './wire.ts';

const FRAMING = { header: 'binary2', maxBytes: 4_096 } as const;

interface Line {
  readonly terminal: SimulatedTerminal;
  readonly wire: Wire;
}

const codec = compile(loadSpec('kalabarg-pos'));
let lines: Line[] = [];
/** Frames ready to send, of each line. */
let stock: Buffer[][] = [];
let random = mulberry(1);

export function serve(): void {
  process.on('message', (order: Order) => {
    obey(order).then(say, (error: unknown) => {
      say({ kind: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    });
  });
  process.on('disconnect', () => process.exit());
}

function say(said: Said): void {
  process.send?.(said);
}

async function obey(order: Order): Promise<Said> {
  switch (order.kind) {
    case 'open':
      random = mulberry(order.seed);
      await open(order);
      return { kind: 'done' };
    case 'build':
      build(order.frames, order.purchase);
      return { kind: 'done' };
    case 'peak':
      return await peak(order.seconds);
    case 'paced':
      return await paced(order.seconds, order.perSecond);
  }
}

async function open({ port, tlsFolder, connections, terminals: [from, to] }: Opening): Promise<void> {
  const terminals = await Promise.all(
    DEMO_TERMINALS.slice(from, to).map(async (known) => {
      const file = (end: string): string => join(tlsFolder, 'terminals', `${known.terminal}.${end}`);
      const tls = { ca: join(tlsFolder, 'ca.crt'), cert: file('crt'), key: file('key') };
      const endpoint = { host: '127.0.0.1', port, tls };
      const firstStan = 1 + Math.floor(random() * 100_000);
      const options = { ...known, endpoint, codec, clock: systemClock, timeoutMs: 20_000, firstStan };
      const terminal = await SimulatedTerminal.connect(options);
      await terminal.signOn();
      return { terminal, endpoint };
    }),
  );
  lines = [];
  for (let n = 0; n < connections; n++) {
    const { terminal, endpoint } = terminals[n % terminals.length]!;
    lines.push({ terminal, wire: await Wire.open(endpoint) });
  }
}

function build(frames: number, purchase: Purchase): void {
  stock = lines.map(() => []);
  for (let n = 0; n < frames; n++) {
    const { terminal } = lines[n % lines.length]!;
    const household = HOUSEHOLDS.first + Math.floor(random() * HOUSEHOLDS.count);
    const card = { pan: demoPan(household), track2: demoTrack2(household), pin: DEMO_PIN };
    const message = terminal.prepareFinancial(purchase.processingCode, BigInt(purchase.rials), card);
    stock[n % lines.length]!.push(encodeFrame(message.encode(), FRAMING));
  }
}

/** Latencies and answers of a run; answers are decoded when it is over. */
class Tally {
  readonly #latencies: number[] = [];
  readonly #bodies: Buffer[] = [];
  readonly #startedAt = performance.now();
  #lastAt = this.#startedAt;

  take(sinceMs: number, body: Buffer): void {
    this.#lastAt = performance.now();
    this.#latencies.push(this.#lastAt - sinceMs);
    this.#bodies.push(body);
  }

  result(): RunResult {
    const codes: Record<string, number> = {};
    for (const body of this.#bodies) {
      const code = codec.decode(body).get(39) ?? '';
      codes[code] = (codes[code] ?? 0) + 1;
    }
    const sorted = Float64Array.from(this.#latencies).sort();
    return {
      kind: 'result',
      answers: this.#bodies.length,
      seconds: (this.#lastAt - this.#startedAt) / 1_000,
      codes,
      p50Ms: quantile(sorted, 0.5),
      p99Ms: quantile(sorted, 0.99),
      worstMs: sorted.at(-1) ?? NaN,
    };
  }
}

async function peak(seconds: number): Promise<RunResult> {
  const tally = new Tally();
  const end = performance.now() + seconds * 1_000;
  await Promise.all(
    lines.map(
      (line, index) =>
        new Promise<void>((done, fail) => {
          line.wire.onClosed = () => {
            fail(new Error('the gateway closed a connection'));
          };
          const next = (): void => {
            const frame = stock[index]!.pop();
            const sentAt = performance.now();
            if (frame === undefined || sentAt > end) {
              done();
              return;
            }
            line.wire.send(frame, (body) => {
              tally.take(sentAt, body);
              next();
            });
          };
          next();
        }),
    ),
  );
  return tally.result();
}

/** Open model: a request that finds every line busy waits, and its waiting counts. */
async function paced(seconds: number, perSecond: number): Promise<RunResult> {
  const tally = new Tally();
  const total = Math.floor(seconds * perSecond);
  const start = performance.now();
  const idle = lines.map((_, index) => index);
  let due = 0;
  let answered = 0;
  await new Promise<void>((done, fail) => {
    const send = (index: number): void => {
      const frame = stock[index]!.pop();
      if (frame === undefined) {
        fail(new Error('too few frames were built'));
        return;
      }
      const dueAt = start + (due++ * 1_000) / perSecond;
      lines[index]!.wire.send(frame, (body) => {
        tally.take(dueAt, body);
        idle.unshift(index);
        if (++answered === total) done();
      });
    };
    const timer = setInterval(() => {
      const wanted = Math.min(total, Math.floor(((performance.now() - start) * perSecond) / 1_000));
      while (due < wanted && idle.length > 0) send(idle.pop()!);
      if (due === total) clearInterval(timer);
    }, 1);
  });
  return tally.result();
}

/** A small seeded generator: a run can be repeated. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
