import { hkdfSync } from 'node:crypto';
import type { Socket } from 'node:net';
import { Registry } from 'prom-client';
import { DEMO_ZMK } from '../src/demo/index.ts';
import { doubtBook } from '../src/handlers/bank/doubts.ts';
import { openBank, type Bank } from '../src/handlers/bank/index.ts';
import { block, guardRules, openGuard } from '../src/handlers/guard/index.ts';
import { createPipeline } from '../src/handlers/index.ts';
import { softwareHsm } from '../src/hsm/index.ts';
import { goodsList, openLedger } from '../src/ledger/index.ts';
import { bankZmk, openBdks, openTerminalDirectory } from '../src/merchants/index.ts';
import { Book } from '../src/net/book.ts';
import type { FrameHandler } from '../src/net/index.ts';
import { Session } from '../src/net/session.ts';
import { Turns } from '../src/net/turns.ts';
import type { Clock } from '../src/ops/clock.ts';
import { loadConfig, type Config } from '../src/ops/config.ts';
import { messageOf } from '../src/ops/errors.ts';
import type { Log } from '../src/ops/log.ts';
import { createMetrics } from '../src/ops/metrics.ts';
import { NATIVE, openProfiles } from '../src/profiles/index.ts';
import { hashPan, LMK, PAN_KEY } from './programme.ts';
import type { Process } from './scheduler.ts';
import type { World } from './world.ts';

/** As in `startGateway`. */
const HOUSEKEEP_EVERY_MS = 5_000;
/** Looking in vain whether time has brought something was three quarters of what a simulated day cost: most runs look less often. */
const UNHURRIED = { advices: 5_000, stranded: 30_000, doubts: 120_000 };
const UNHURRIED_HOUSEKEEP_MS = 60_000;
const CHECK_MS = 1_000;
const METRICS = createMetrics();
const PROFILES = openProfiles();

/** A copy of the gateway from its socket to its database: what src/gateway puts together for the road of the money, on simulated
 *  sockets, time and chance. TLS, HTTP and the queue are not in it. */
export class Copy implements Process {
  readonly name: string;
  alive = true;
  /** Resolves when it serves; rejects when it cannot come up. */
  readonly up: Promise<void>;
  readonly clock: Clock;
  #bank: Bank | undefined;

  constructor(world: World, name: string, place: string) {
    this.name = name;
    this.clock = world.scheduler.clock(this);
    this.up = this.#start(world, place);
    this.up.catch((error: unknown) => {
      if (this.alive) world.log(name).error({ error: messageOf(error) }, 'the gateway does not come up');
    });
  }

  /** Purchases with a card part can be made. */
  get ready(): boolean {
    return this.#bank?.ready() === true;
  }

  async #start(world: World, place: string): Promise<void> {
    const { clock } = this;
    const log = world.log(this.name);
    const config: Config = {
      ...loadConfig({}),
      guardScale: 1_000,
      guardPerAddress: 0,
      bankTimeoutMs: world.bankTimeoutMs,
    };
    const metrics = { ...METRICS, registry: new Registry() };
    const pool = world.store.pool(this);
    const random = world.chance.stream(`${this.name} ${world.scheduler.steps}`).port;
    const hsm = world.hsm(softwareHsm({ lmk: LMK, clock, random: random.bytes }), clock, this.name);
    const ledger = openLedger({ pool, clock, random: random.bytes, slots: 2 });
    const zmk = await bankZmk(pool, hsm, config, DEMO_ZMK);
    const directory = await openTerminalDirectory(pool, () => world.store.client(this), clock);
    const bank = openBank({
      config,
      ledger,
      doubts: doubtBook(pool),
      hsm,
      zmk,
      clock,
      random,
      log,
      metrics,
      terminals: PROFILES.get(NATIVE)?.codec,
      dial: () => world.network.dial(this, 'bank'),
      onFrame: (_from, body) => {
        world.secrets.bankFrame(body);
      },
      beats: world.unhurried ? UNHURRIED : undefined,
    });
    this.#bank = bank;
    const guard = openGuard({
      rules: guardRules(config.guardScale, config.guardPerAddress),
      block: (terminal, rule, evidence) => block(pool, terminal, rule, evidence),
      refusals: metrics.guardRefusals,
      blocks: metrics.terminalBlocks,
      log,
    });
    const pipeline = createPipeline(
      {
        profiles: PROFILES,
        ledger,
        bank,
        hsm,
        directory,
        bdks: openBdks(pool, clock),
        goods: goodsList(pool),
        clock,
        log,
        metrics,
        guard,
        hashPan,
        bankTimeoutMs: config.bankTimeoutMs,
        clockWindow: { requestMs: config.clockWindowHours * 3_600_000, lookBackMs: config.lateDays * 86_400_000 },
      },
      Buffer.from(hkdfSync('sha256', PAN_KEY, '', 'request content', 32)),
    );
    clock.every(world.unhurried ? UNHURRIED_HOUSEKEEP_MS : HOUSEKEEP_EVERY_MS, () => ledger.housekeep(clock.now()), {
      onError: (error) => {
        log.error({ error: messageOf(error), why: reasonsOf(error) }, 'housekeeping failed; it runs again');
        world.housekeepingFailed(error);
      },
    });
    this.#listen(world, place, config, pipeline, log);
  }

  /** The terminals' door without TLS: who dials says who it is (`world.callers`), as a certificate would. */
  #listen(world: World, place: string, config: Config, handle: FrameHandler, log: Log): void {
    const { clock } = this;
    const book = new Book(config, new Turns(clock), (_reason, session) => {
      session.destroy();
    });
    clock.every(
      CHECK_MS,
      () => {
        for (const session of book.sessions()) session.check(clock.monotonic());
        book.sweep();
      },
      {
        onError: (error) => {
          log.error({ error: messageOf(error) }, 'connections could not be looked over; it is tried again');
        },
      },
    );
    world.network.listen(this, place, (socket: Socket) => {
      const terminal = world.network.callerOf(socket);
      const holder = book.place(terminal);
      if (typeof holder === 'string') {
        socket.destroy();
        return;
      }
      const peer = { terminal, remote: '192.0.2.1' };
      const session = new Session(socket, peer, holder.lane, {
        framing: { header: 'binary2', maxBytes: config.maxFrameBytes },
        idleTimeoutMs: config.idleTimeoutMs,
        handle,
        clock,
        onRefused: (reason) => {
          log.warn({ terminal, reason }, 'connection closed');
        },
      });
      book.add(holder, session);
      socket.once('close', () => {
        book.remove(holder, session);
      });
    });
  }
}

function reasonsOf(error: unknown): string[] {
  return error instanceof AggregateError ? error.errors.map(messageOf) : [];
}
