import {
  bucketOf,
  bucketsOf,
  readPlan,
  verdictOf,
  type Facts,
  type Group,
  type StepDevices,
  type Verdict,
} from '../../src/updates/rollouts/index.ts';

/** A country of devices in memory, day by day, and the machine that rolls a release out to them. One device in a hundred lies about what it
 *  runs, or never says a word. */

export interface ReleaseEffect {
  /** Points of approvals that it costs. */
  readonly approvals?: number;
  /** Of a hundred devices so many cannot install it. */
  readonly failures?: number;
  /** How many times as often purchases are reversed. */
  readonly reversals?: number;
  /** Of a hundred devices so many never trade again with it. */
  readonly silences?: number;
}

export interface FleetResult {
  readonly verdict: Verdict;
  readonly step: number;
  readonly days: number;
  /** Devices that run it. */
  readonly touched: number;
  readonly unknown: number;
}

const PURCHASES = 12;
const APPROVED = 0.95;
const REVERSED = 0.003;
/** Of terminals that traded yesterday so many do not today. */
const QUIET = 0.05;
const SILENT_SHARE = 0.005;
const LIAR_SHARE = 0.005;

export const PLAN = readPlan({ own: Array.from({ length: 10 }, (_, at) => String(10_000_001 + at)) });

/** @param chance in [0, 1), the same in every run of a seed */
export function rollOut(devices: number, effect: ReleaseEffect, chance: () => number, mostDays = 30): FleetResult {
  const own = PLAN.own.length;
  const bucket = Int32Array.from({ length: devices }, (_, at) => (at < own ? -1 : bucketOf('1', `PX${at}`)));
  const kind = Uint8Array.from({ length: devices }, (_, at) => {
    const of = chance();
    if (at < own) return 0;
    return of < SILENT_SHARE ? 1 : of < SILENT_SHARE + LIAR_SHARE ? 2 : 0;
  });
  /** 0 old, 1 confirmed, 2 failed; what it says, and what is true. */
  const said = new Uint8Array(devices);
  const runs = new Uint8Array(devices);
  const dead = new Uint8Array(devices);
  let step = 0;
  let rows = { updated: nothing(), control: nothing(), closedDays: 0 };
  let verdict: Verdict = { kind: 'wait', why: [] };
  let day = 0;
  for (; day < mostDays; day++) {
    install();
    const updated = trade((at) => said[at] === 1);
    const control = trade((at) => said[at] !== 1);
    rows = {
      updated: sum(rows.updated, updated),
      control: sum(rows.control, control),
      closedDays: rows.closedDays + 1,
    };
    verdict = verdictOf({ plan: PLAN, state: 'running', step }, factsNow());
    if (verdict.kind === 'halt' || verdict.kind === 'finish') break;
    if (verdict.kind !== 'advance') continue;
    step = verdict.step;
    rows = { updated: nothing(), control: nothing(), closedDays: 0 };
  }
  let touched = 0;
  for (let at = 0; at < devices; at++) touched += runs[at] ?? 0;
  return { verdict, step, days: day + 1, touched, unknown: stepDevices().unknown };

  function inStep(at: number): boolean {
    return (bucket[at] ?? 0) < bucketsOf(PLAN, step);
  }

  /** In the night: nine devices of ten in reach. */
  function install(): void {
    for (let at = 0; at < devices; at++) {
      if (said[at] !== 0 || kind[at] === 1 || !inStep(at) || (at >= own && chance() > 0.9)) continue;
      if (chance() * 100 < (effect.failures ?? 0)) said[at] = 2;
      else {
        said[at] = 1;
        runs[at] = kind[at] === 2 ? 0 : 1; // a liar says so, and runs the old
        if (runs[at] === 1 && chance() * 100 < (effect.silences ?? 0)) dead[at] = 1;
      }
    }
  }

  function trade(mine: (at: number) => boolean): Group {
    let [silent, traded] = [0, 0];
    const selling = [0, 0]; // with the old, with the new
    for (let at = 0; at < devices; at++) {
      if (!mine(at)) continue;
      traded++;
      if (dead[at] === 1 || chance() < QUIET) silent++;
      else selling[runs[at] ?? 0] = (selling[runs[at] ?? 0] ?? 0) + 1;
    }
    const [old = 0, fresh = 0] = selling.map((terminals) => terminals * PURCHASES);
    const declined = some(old, 1 - APPROVED) + some(fresh, 1 - APPROVED + (effect.approvals ?? 0) / 100);
    const reversed = some(old, REVERSED) + some(fresh, REVERSED * (effect.reversals ?? 1));
    const purchases = old + fresh;
    const terminals = purchases / PURCHASES;
    return {
      terminals,
      purchases,
      approved: purchases - declined,
      reversed,
      gaps: 0,
      macFailures: 0,
      tradedBefore: traded,
      silent,
    };
  }

  /** How many of so many: one by one, or of very many by the bell curve. */
  function some(of: number, share: number): number {
    if (of > 20_000) {
      const bell = Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
      return Math.round(of * share + bell * Math.sqrt(of * share * (1 - share)));
    }
    let found = 0;
    for (let at = 0; at < of; at++) if (chance() < share) found++;
    return found;
  }

  function stepDevices(): StepDevices {
    const found = { had: 0, confirmed: 0, failed: 0, underWay: 0, waiting: 0, unknown: 0 };
    for (let at = 0; at < devices; at++) {
      if (!inStep(at)) continue;
      if (said[at] === 1) found.confirmed++;
      else if (said[at] === 2) found.failed++;
      else if (kind[at] === 1) found.unknown++;
      else found.waiting++;
    }
    return found;
  }

  function factsNow(): Facts {
    return { devices: stepDevices(), subjects: [], ...rows };
  }
}

function nothing(): Group {
  return { terminals: 0, purchases: 0, approved: 0, reversed: 0, gaps: 0, macFailures: 0, tradedBefore: 0, silent: 0 };
}

function sum(a: Group, b: Group): Group {
  const entries = Object.entries(a) as [keyof Group, number][];
  return Object.fromEntries(entries.map(([key, value]) => [key, value + b[key]])) as unknown as Group;
}
