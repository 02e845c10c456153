import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compile, loadSpec, type Codec, type MessageInput } from '../../src/codec/index.ts';
import { shown, spread } from '../support/spread.ts';
import { MESSAGES } from './messages.ts';
import { startJpos, startMoov, type Operation, type Peer } from './peer.ts';

const DIALECTS = ['ascii-bin', 'bcd-l0'];
const OPERATIONS: readonly Operation[] = ['parse', 'build', 'both', 'forward'];
/** How many times the peer we mean to be, over the six cells. */
const GOALS: Readonly<Record<Operation, number>> = { parse: 2, build: 1.6, both: 1.3, forward: 4 };

interface Cell {
  readonly name: string;
  readonly message: MessageInput;
  readonly ours: Readonly<Record<Operation, () => number>>;
}

/** What the optimiser must not throw away. */
let sink = 0;

/** Ours, jPOS and moov in turns, one thread each, validation on; iso_8583 from npm beside them on its dialect. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { rounds: { type: 'string', default: '7' }, millis: { type: 'string', default: '300' } },
  });
  const [rounds, millis] = [Number(values.rounds), Number(values.millis)];
  const peers = [startJpos(), startMoov()].filter((peer) => peer !== undefined);
  const cells: Cell[] = [];
  for (const dialect of DIALECTS) {
    const codec = compile(loadSpec(specFile(dialect)));
    for (const [letter, message] of Object.entries(MESSAGES)) {
      const cell = cellOf(`${letter}/${dialect}`, codec, message);
      for (const peer of peers) await peer.load(cell.name, codec.spec, codec.encode(message));
      cells.push(cell);
    }
  }
  for (const operation of OPERATIONS) await compare(cells, operation, peers, rounds, millis);
  for (const peer of peers) peer.close();
  compareNpm(compile(loadSpec(specFile('ascii-bin'))), rounds, millis);
  if (sink === 42) console.log(sink);
}

function specFile(dialect: string): string {
  return fileURLToPath(new URL(`../../test/conformance/specs/${dialect}.json`, import.meta.url));
}

function cellOf(name: string, codec: Codec, message: MessageInput): Cell {
  const frame = codec.encode(message);
  const elements = codec.decode(frame).fields();
  const parse = (): number => {
    const decoded = codec.decode(frame);
    let length = decoded.mti.length;
    for (const de of elements) length += decoded.get(de)!.length;
    return length;
  };
  const build = (): number => codec.encode(message).length;
  return {
    name,
    message,
    ours: {
      parse,
      build,
      both: () => parse() + build(),
      forward: () =>
        codec
          .decode(frame)
          .with([
            [7, '1123050607'],
            [11, '000777'],
          ])
          .encode().length,
    },
  };
}

async function compare(
  cells: readonly Cell[],
  operation: Operation,
  peers: readonly Peer[],
  rounds: number,
  millis: number,
): Promise<void> {
  console.log(`\n${operation}: ns an operation, median of ${rounds} (least to most)`);
  const medians = peers.map((): number[] => []);
  for (const cell of cells) {
    const ours: number[] = [];
    const theirs = peers.map((): number[] => []);
    time(cell.ours[operation], millis); // warms up
    for (const peer of peers) await peer.run(cell.name, operation, millis);
    for (let round = 0; round < rounds; round++) {
      ours.push(time(cell.ours[operation], millis));
      for (const [index, peer] of peers.entries()) theirs[index]!.push(await peer.run(cell.name, operation, millis));
    }
    const beside = peers.map((peer, index) => {
      const ratios = ours.map((ns, round) => theirs[index]![round]! / ns);
      medians[index]!.push(spread(ratios).median);
      return `  ${peer.name} ${shown(spread(theirs[index]!))}  ratio ${shown(spread(ratios), 2)}`;
    });
    console.log(`  ${cell.name.padEnd(12)} ours ${shown(spread(ours))}${beside.join('')}`);
  }
  for (const [index, peer] of peers.entries()) {
    const sorted = medians[index]!.toSorted((a, b) => a - b);
    // Of an even number of cells the median is between the two in the middle.
    const middle = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
    const goals = peer.name === 'jPOS' ? [`goal ${GOALS[operation]}`, `goal ${operation === 'forward' ? 4 : 1.1}`] : [];
    const [goal, least] = goals.map((text) => ` (${text})`);
    console.log(
      `  beside ${peer.name}: median of the cells ${middle.toFixed(2)}${goal ?? ''}, least ${sorted[0]!.toFixed(2)}${least ?? ''}`,
    );
  }
}

/** Nanoseconds of one call, over `millis` of them. */
function time(work: () => number, millis: number): number {
  const start = process.hrtime.bigint();
  const until = start + BigInt(millis) * 1_000_000n;
  let now = start;
  let count = 0;
  while (now < until) {
    for (let index = 0; index < 200; index++) sink += work();
    count += 200;
    now = process.hrtime.bigint();
  }
  return Number(now - start) / count;
}

/** Elements of message B that it reads as we do: its binary and private ones are other things. */
const NPM_CANNOT = new Set(['48', '52', '60', '64']);

/** The one npm library: ASCII with binary bitmaps, no packed digits. */
function compareNpm(codec: Codec, rounds: number, millis: number): void {
  const Iso8583 = createRequire(import.meta.url)('iso_8583') as new (message?: Record<number, string>) => {
    getBufferMessage(): Buffer;
    getIsoJSON(buffer: Buffer): Record<string, string>;
  };
  const { mti, fields } = MESSAGES['B']!;
  const kept = Object.fromEntries(Object.entries(fields).filter(([de]) => !NPM_CANNOT.has(de)));
  const cell = cellOf('B without binary elements', codec, { mti, fields: kept });
  const flat = { 0: mti, ...kept } as Record<number, string>;
  const frame = new Iso8583(flat).getBufferMessage();
  const read = (): Record<string, string> => new Iso8583().getIsoJSON(frame);
  // It reports what it cannot do as a value: without this its way to say no would be timed.
  for (const [de, value] of Object.entries(kept))
    if (read()[de] !== value) throw new Error(`iso_8583 reads element ${de} as ${String(read()[de])}`);
  const parse = (): number => Object.keys(read()).length;
  const build = (): number => new Iso8583(flat).getBufferMessage().length;
  for (const [name, theirs] of [
    ['parse', parse],
    ['build', build],
  ] as const) {
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) ratios.push(time(theirs, millis) / time(cell.ours[name], millis));
    console.log(`\niso_8583 ${name}, ${cell.name}: ratio ${shown(spread(ratios), 1)} (goal 15)`);
  }
}
