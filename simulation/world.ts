import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Message } from '../src/codec/index.ts';
import { DEMO_TERMINALS, type DemoTerminal } from '../src/demo/index.ts';
import type { Hsm } from '../src/hsm/index.ts';
import type { Clock } from '../src/ops/clock.ts';
import type { Disk } from '../src/ops/disk.ts';
import type { Log } from '../src/ops/log.ts';
import { startBankSimulator, type BankSimulator } from '../src/simulators/bank/index.ts';
import { chanceOf, type Chance } from './chance.ts';
import { History } from './checks/history.ts';
import { Secrets } from './checks/secrets.ts';
import { SimulatedDisk } from './disk.ts';
import { Copy } from './gateway.ts';
import { programmeImage } from './programme.ts';
import { FINE, flakyHsm, type HsmWeather } from './hsm.ts';
import { Scheduler, type Process } from './scheduler.ts';
import { ShebaBank } from './settlement.ts';
import { Network } from './sockets.ts';
import { Story } from './story.ts';
import { openDatabase } from './store/image.ts';
import { Store } from './store/store.ts';
import { Thief } from './thief.ts';
import { Till, type Sale } from './till.ts';

/** What can be left out of a run. */
export const TROUBLES = [
  'crashes',
  'network',
  'bank',
  'losses',
  'nights',
  'hsm',
  'power',
  'thieves',
  'office',
  'disk',
] as const;
export type Trouble = (typeof TROUBLES)[number];

/** From this amount on the issuer has its word on every PIN, whatever the office lets go. */
export const PIN_FROM_RIALS = 5_000_000n;

const OPERATOR: Process = { name: 'operator', alive: true };

/** What a run is like: drawn from the seed, or said. */
export interface Shape {
  /** What does not happen in this run: for who looks for the least that fails. */
  readonly without: ReadonlySet<Trouble>;
  readonly copies: number;
  readonly tills: number;
  readonly households: number;
  /** ms since the epoch. */
  readonly startMs: number;
  /** The copies look for what is due less often than in operation. */
  readonly unhurried: boolean;
}

/** Everything between the tills and the bank, and who looks on. */
export class World {
  readonly seed: number;
  readonly chance: Chance;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly network: Network;
  readonly store: Store;
  readonly history = new History();
  readonly secrets = new Secrets();
  readonly sales: Sale[] = [];
  readonly dirty = new Set<Sale>();
  readonly households: number;
  readonly without: ReadonlySet<Trouble>;
  readonly unhurried: boolean;
  readonly bankTimeoutMs = 15_000;
  readonly places: readonly string[];
  readonly copies: Copy[] = [];
  readonly tills: readonly Till[];
  readonly thief: Thief;
  readonly inspector: Process = { name: 'inspector', alive: true };
  readonly faults: string[] = [];
  readonly counts = { deaths: 0, powerCuts: 0, bursts: 0 };
  readonly shebas: ShebaBank = new ShebaBank(this);
  /** Real files, in a folder of this run. */
  readonly dataDir = mkdtempSync(join(tmpdir(), 'kalabarg-simulation-'));
  readonly disk: SimulatedDisk;
  bank!: BankSimulator;
  hsmWeather: HsmWeather = FINE;
  /** Nothing is wrong with anything: who asks is answered. */
  untroubled = false;
  /** The office has let small purchases go without a word on the PIN, from some day on. */
  pinless = false;
  /** The month whose credit the issuer has given. */
  allocated: string | undefined;
  /** The office has made this month's credit good for longer. */
  prolonged = false;
  story: Story | undefined;
  #born = 0;

  static async open(seed: number, shape: Shape): Promise<World> {
    const world = new World(seed, new Store(...(await parts(seed, shape.startMs))), shape);
    world.bank = await startBankSimulator({
      port: 0,
      clock: world.scheduler.clock({ name: 'bank', alive: true }),
      random: world.chance.stream('bank keys').port.bytes,
      seed,
      arrivals: (take) => {
        world.network.listen({ name: 'bank', alive: true }, 'bank', take);
      },
    });
    for (const index of world.places.keys()) world.start(index);
    return world;
  }

  private constructor(seed: number, store: Store, shape: Shape) {
    this.seed = seed;
    this.store = store;
    this.scheduler = store.scheduler;
    this.chance = chanceOf(`seed ${seed}`);
    this.clock = this.scheduler.clock({ name: 'world', alive: true });
    this.network = new Network(this.scheduler, this.chance.stream('network'));
    this.disk = new SimulatedDisk(this.chance.stream('disk'));
    this.households = shape.households;
    this.without = shape.without;
    this.unhurried = shape.unhurried;
    this.places = Array.from({ length: shape.copies }, (_, index) => `copy ${index + 1}`);
    this.tills = DEMO_TERMINALS.filter(({ merchant }) => !merchant.endsWith('3'))
      .filter((_, index) => index % Math.ceil(25 / shape.tills) === 0)
      .map((known) => new Till(this, known));
    this.thief = new Thief(this, stolenTerminal());
  }

  /** Starts a copy of the gateway where one was, from what is committed. */
  start(index: number): void {
    const place = this.places[index] ?? '';
    this.note(`${place} starts`);
    const copy = new Copy(this, `${place}#${++this.#born}`, place);
    this.copies[index] = copy;
    // What cannot come up ends, and is started again, as its unit says.
    copy.up.catch(() => {
      if (!copy.alive) return;
      this.kill(index);
      this.scheduler.after(OPERATOR, 2_000, 'start again', () => {
        if (this.copies[index] === copy) this.start(index);
      });
    });
  }

  /** A copy dies between two steps: whatever it waited for never comes to it. */
  kill(index: number): void {
    const copy = this.copies[index];
    if (copy?.alive !== true) return;
    this.note(`${copy.name} dies`);
    copy.alive = false;
    this.counts.deaths++;
    this.network.died(copy);
    this.store.died(copy);
  }

  /** The HSM as a copy reaches it. */
  hsm<Kind extends Hsm>(hsm: Kind, clock: Clock, name: string): Kind {
    return flakyHsm(hsm, { clock, chance: this.chance.stream(`hsm of ${name}`), weather: () => this.hsmWeather });
  }

  /** The disk as one process reaches it: each thing it does there is a step of its own. */
  diskOf(owner: Process): Disk {
    return this.disk.of(
      (label) =>
        new Promise((done) => {
          this.scheduler.after(owner, 1, label, done);
        }),
    );
  }

  /** A log of one process, looked through for secrets. */
  log(name: string): Log {
    return pino(
      { base: null, level: 'info' },
      {
        write: (line: string) => {
          this.secrets.line(line);
          const words = this.story === undefined ? '' : said(line);
          if (words !== '') this.story?.note(`${name}: ${words}`);
        },
      },
    );
  }

  note(text: string): void {
    this.scheduler.note(text);
    this.story?.note(text);
  }

  /** From here on what happens is told. */
  tell(print: (line: string) => void): Story {
    const lanes = [...this.tills.map(({ name }) => name), this.thief.name, ...this.places, 'bank'];
    const { scheduler } = this;
    this.story = new Story(lanes, () => ({ step: scheduler.steps, now: scheduler.now }), print);
    this.network.tap = this.story.tap;
    return this.story;
  }

  fault(text: string): void {
    this.note(`FAULT ${text}`);
    this.faults.push(text);
  }

  /** A duty that time brings failed for another reason than its database or its process being away. */
  housekeepingFailed(error: unknown): void {
    const reasons = error instanceof AggregateError ? error.errors.map(String) : [String(error)];
    for (const reason of reasons)
      if (!/ECONNRESET|Connection terminated|connection/i.test(reason)) this.fault(`housekeeping: ${reason}`);
  }

  onAnswer(terminal: string, message: Message): void {
    this.scheduler.note(
      `${terminal} < ${message.mti} ${message.get(11) ?? ''} ${message.get(39) ?? ''} ${message.get(54) ?? ''}`,
    );
  }

  sold(sale: Sale): void {
    this.sales.push(sale);
    this.dirty.add(sale);
  }

  touched(sale: Sale): void {
    this.dirty.add(sale);
  }

  /** Something that a customer of this shop kept. */
  saleToReturn(merchant: string, elsewhere: boolean, chance: Chance): Sale | undefined {
    const kept = this.sales.filter(
      (sale) =>
        !sale.closed &&
        (sale.merchant === merchant) !== elsewhere &&
        (sale.keptRials ?? 0n) > 0n &&
        sale.code.startsWith('17') &&
        sale.rrn !== '',
    );
    return kept.length === 0 ? undefined : chance.pick(kept.slice(chance.happens(0.7) ? -20 : 0));
  }

  async close(): Promise<void> {
    await this.store.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Looks into the books when nobody has a transaction open. */
  async look<Row>(sql: string): Promise<Row[]> {
    await this.scheduler.run(() => !this.store.busy);
    return this.store.look<Row>(sql);
  }
}

/** What a line of a log says, without its frame; nothing of an answer, which is a message itself. */
function said(line: string): string {
  const { msg, ...rest } = JSON.parse(line) as Readonly<Record<string, unknown>> & { readonly msg?: string };
  if (msg === 'answered') return '';
  const more = Object.entries(rest).filter(([name]) => name !== 'level' && name !== 'time');
  return [msg ?? '', ...more.map(([name, value]) => `${name} ${String(value)}`)].join(', ');
}

/** One of a shop that may sell, of which no till is. */
function stolenTerminal(): DemoTerminal {
  const found = DEMO_TERMINALS[1];
  if (found === undefined) throw new Error('the demo has no second terminal');
  return found;
}

async function parts(seed: number, startMs: number): Promise<ConstructorParameters<typeof Store>> {
  const scheduler = new Scheduler(startMs);
  return [scheduler, chanceOf(`store ${seed}`), await openDatabase(await programmeImage(startMs)), openDatabase];
}
