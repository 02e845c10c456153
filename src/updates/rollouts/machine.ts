import { uncertified, type Subject } from '../repository/index.ts';
import { lastStep, type Plan } from './plan.ts';

/** What becomes of a rollout: a pure function of rows. The same rows give the same verdict, whoever asks and however often. */

/** Devices of the present step, each counted once. */
export interface StepDevices {
  /** They had the release before it was offered: counted apart, and part of no rate. */
  readonly had: number;
  readonly confirmed: number;
  /** ROLLED_BACK or REJECTED. */
  readonly failed: number;
  /** Downloaded, verified or installed; not confirmed yet. */
  readonly underWay: number;
  /** Reported since the step began, but nothing of this release yet. */
  readonly waiting: number;
  /** Silent since the step began: nobody knows. */
  readonly unknown: number;
}

/** What closed business days of the present step show of one group of terminals. */
export interface Group {
  readonly terminals: number;
  readonly purchases: number;
  readonly approved: number;
  readonly reversed: number;
  readonly gaps: number;
  readonly macFailures: number;
  readonly tradedBefore: number;
  readonly silent: number;
}

export interface RolloutRow {
  readonly plan: Plan;
  readonly state: 'proposed' | 'running' | 'halted' | 'done' | 'ended';
  readonly step: number;
}

export interface Facts {
  readonly devices: StepDevices;
  readonly closedDays: number;
  readonly updated: Group;
  /** Not yet updated. */
  readonly control: Group;
  /** Firmware's devices outside of our own terminals, and what certification says of each. */
  readonly subjects: readonly Subject[];
  /** Why nothing may be widened now. */
  readonly frozen?: string | undefined;
}

export type Verdict =
  | { readonly kind: 'wait'; readonly why: readonly string[] }
  | { readonly kind: 'halt'; readonly why: readonly string[] }
  | { readonly kind: 'advance'; readonly step: number }
  | { readonly kind: 'finish' };

/** @returns `wait` for whatever is not running */
export function verdictOf({ plan, state, step }: RolloutRow, facts: Facts): Verdict {
  if (state !== 'running') return { kind: 'wait', why: [`it is ${state}`] };
  const signals = signalsOf(plan, facts);
  const halts = [...installFault(plan, facts.devices), ...signals.filter((each) => each.sure).map(({ text }) => text)];
  if (halts.length > 0) return { kind: 'halt', why: halts };
  const doubts = signals.map(({ text }) => `${text}: too little yet to be sure`);
  if (step === lastStep(plan)) return lastOf(facts, doubts);
  const why = [...missing(plan, step, facts), ...doubts, ...uncertified(facts.subjects)];
  if (facts.frozen !== undefined) why.push(facts.frozen);
  return why.length === 0 ? { kind: 'advance', step: step + 1 } : { kind: 'wait', why };
}

/** The last step ends when every device has said how it went: silence is no success. */
function lastOf({ devices, closedDays }: Facts, doubts: readonly string[]): Verdict {
  const open = [
    [devices.unknown, 'devices are silent: nobody knows what they have'],
    [devices.underWay, 'devices are at it'],
    [devices.waiting, 'devices have not begun'],
  ] as const;
  const why = open.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  if (closedDays === 0) why.push('no business day of this step is closed yet');
  why.push(...doubts);
  return why.length === 0 ? { kind: 'finish' } : { kind: 'wait', why };
}

/** The denominator is the devices that reported how it went; who had it already says nothing about installing. */
function installFault({ failures, failurePercent }: Plan, { confirmed, failed, underWay }: StepDevices): string[] {
  const reported = confirmed + failed + underWay;
  if (failed < failures || failed * 100 < failurePercent * reported) return [];
  return [`${failed} of ${reported} devices that reported could not install it (${percent(failed / reported)})`];
}

function missing(plan: Plan, step: number, { devices, closedDays, updated }: Facts): string[] {
  const why: string[] = [];
  if (closedDays < plan.days) why.push(`${closedDays} of ${plan.days} business days are closed`);
  const purchases = step === 0 ? plan.ownPurchases : plan.purchases;
  if (updated.purchases < purchases) why.push(`${updated.purchases} of ${purchases} purchases of updated terminals`);
  const { confirmed, failed, underWay, waiting, unknown } = devices;
  const all = confirmed + failed + underWay + waiting + unknown;
  if (confirmed * 100 < plan.confirmedPercent * all)
    why.push(
      `${confirmed} of ${all} devices of the step have it (${unknown} are silent); ${plan.confirmedPercent} % are wanted`,
    );
  if (all + devices.had === 0) why.push('the step has no device');
  return why;
}

interface Signal {
  readonly text: string;
  /** That so much is chance is less likely than one in two hundred. */
  readonly sure: boolean;
}

/** One-sided, 99.5 %. */
const SURE_Z = 2.576;
/** Fewer of a kind are chance, whatever they are multiplied by. */
const LEAST_EVENTS = 5;
/** Of fewer purchases, or terminals (not days of terminals: ten over ten days are ten), nothing is sure: a handful of test terminals
 *  says little about a country. */
const LEAST_PURCHASES = 500;
const LEAST_TERMINALS = 100;

/** Business signals of the updated against those that are not yet. A difference over its bound that may be chance still keeps the step
 *  from ending. */
function signalsOf(plan: Plan, { updated, control }: Facts): Signal[] {
  const found: Signal[] = [];
  const more = (
    what: string,
    times: number,
    points: number,
    bad: number,
    of: number,
    badThere: number,
    ofThere: number,
    least = LEAST_PURCHASES,
  ): void => {
    if (of === 0 || ofThere === 0) return;
    const [here, there] = [bad / of, badThere / ofThere];
    const floor = Math.max(there, 1 / ofThere);
    const over = points > 0 ? here - there >= points / 100 - 1e-12 : bad >= LEAST_EVENTS && here >= times * floor;
    if (!over) return;
    const text = `${what}: ${percent(here)} with it, ${percent(there)} without`;
    const enough = bad >= LEAST_EVENTS && of >= least;
    found.push({ text, sure: enough && zOf(bad, of, badThere, ofThere) >= SURE_Z });
  };
  const { purchases } = updated;
  const there = control.purchases;
  const declined = (group: Group) => group.purchases - group.approved;
  more('purchases declined', 0, plan.approvalPoints, declined(updated), purchases, declined(control), there);
  more('purchases reversed', plan.times, 0, updated.reversed, purchases, control.reversed, there);
  more('STANs that never came', plan.times, 0, updated.gaps, purchases, control.gaps, there);
  more('wrong MACs', plan.times, 0, updated.macFailures, purchases, control.macFailures, there);
  // a few test terminals are silent for reasons of their own: that is for the people who hold them to see
  if (updated.terminals >= LEAST_TERMINALS)
    more('terminals silent that traded the day before', 0, plan.silentPercent, updated.silent, updated.tradedBefore, control.silent, control.tradedBefore, 0); // prettier-ignore
  return found;
}

/** How far two shares are apart, in standard errors of their difference. */
function zOf(a: number, n: number, b: number, m: number): number {
  const pooled = Math.min((a + b) / (n + m), 0.5);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
  return error === 0 ? 0 : (a / n - b / m) / error;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
