import type { Calendar, Programme, Row, Step } from './announcements.ts';
import { monthOf, nextMonth, type Day } from './days.ts';
import type { Month } from './months.ts';
import { isAmong, otherOf, purchaseOf, type Buying, type Household } from './population.ts';
import { givenBack, inSteps, type GivenBack } from './switch.ts';

/** What must come out, for one household at a time, as a person would reckon it with pencil and paper: credit is a list of months with what was
 *  given and spent. It knows no database and shares nothing with the ledger. */

interface Grant {
  readonly programme: string;
  readonly period: string;
  readonly rials: number;
  readonly from: string;
  readonly to: string;
  spent: number;
  /** Below one step of the new unit, and not to be spent. */
  apart: number;
}

/** A purchase that will be given back on a day of purchases. */
interface Sale extends GivenBack {
  readonly day: number;
  readonly rials: number;
  /** In the order in which they were taken. */
  readonly takes: readonly { readonly grant: Grant; readonly rials: number }[];
}

interface Window {
  readonly programme: string;
  readonly period: string;
  readonly digits: readonly number[] | undefined;
  readonly to: string;
}

interface World {
  members: number;
  decile: number;
  digit: number;
  active: boolean;
  readonly flags: { flag: string; since: string }[];
  readonly grants: Grant[];
  /** The newest last. */
  readonly windows: Window[];
  readonly calendars: Map<string, readonly Calendar[]>;
  readonly orders: Map<string, number>;
  readonly sales: Sale[];
}

/** What a household saw: the answer of each purchase, and what it has at each comparison. */
export interface Seen {
  answer(step: Step, text: string): void;
  state(step: Step, months: readonly Month[]): void;
}

/** Lives through all of it. */
export function live(household: Household, steps: readonly Step[], buying: Buying, seen: Seen): void {
  const { members, decile, digit } = household;
  const world: World = {
    members, decile, digit, active: true, flags: [], grants: [], windows: [], calendars: new Map(), orders: new Map(), sales: [],
  }; // prettier-ignore
  for (const step of steps) {
    if (step.kind === 'midnight') charge(world, step.day);
    else if (step.kind === 'say') hear(world, step.row, { seed: buying.seed, n: household.n, name: step.name });
    else if (step.kind === 'approve') world.windows.push({ ...step.move, digits: step.move.digits });
    else if (step.kind === 'compare') seen.state(step, stateOf(world, step.day));
    else if (step.kind === 'convert') convert(world, step.day, step.stepRials);
    else if (step.kind === 'back') {
      for (const sale of world.sales.filter(({ day }) => day === step.number))
        seen.answer(step, giveBack(world, step.day, sale, step.successor?.stepRials));
    } else if (step.kind === 'market') {
      const rials = purchaseOf(buying, household, step.number, step.eve);
      if (rials === undefined) continue;
      const said = step.successor === undefined ? rials : inSteps(rials, step.successor.stepRials);
      const { text, takes } = buy(world, step.day, said);
      seen.answer(step, text);
      const back = takes.length === 0 ? undefined : givenBack(buying.seed, household.n, step);
      if (back !== undefined) world.sales.push({ ...back, day: step.number + back.later, rials: said, takes });
    }
  }
}

interface Me {
  readonly seed: number;
  readonly n: number;
  readonly name: string;
}

function hear(world: World, row: Row, { seed, n, name }: Me): void {
  for (const each of row.programmes?.programmes ?? []) hearProgramme(world, each);
  const { allocate, households, status, flags } = row;
  for (const period of allocate?.months ?? []) {
    const { first, last } = monthOf(period);
    const rials = world.members * allocate!.rialsPerPerson;
    world.grants.push({ programme: allocate!.programme, period, rials, from: first, to: last, spent: 0, apart: 0 });
  }
  if (households !== undefined && isAmong(seed, n, name, households.oneIn))
    world[households.change] = otherOf(seed, n, name, households.change);
  if (status !== undefined && isAmong(seed, n, 'status', status.oneIn)) world.active = status.status === 'active';
  if (flags !== undefined && isAmong(seed, n, flags.flag, flags.oneIn)) world.flags.push(flags);
}

function hearProgramme(world: World, { programme, order, charges }: Programme): void {
  if (order !== undefined) world.orders.set(programme, order);
  if (charges !== undefined) world.calendars.set(programme, charges);
}

/** The calendar that holds on a day. */
function ruleOn(calendars: readonly Calendar[], iso: string): Calendar | undefined {
  return calendars.findLast(({ from }) => from <= iso);
}

/** On which day of the month this household is charged by a calendar, and how much a person; undefined: not. */
function dueBy(world: World, rule: Calendar): { day: number; rialsPerPerson: number } | undefined {
  const cohort = { all: 0, digit: world.digit, decile: world.decile }[rule.cohort];
  const day = rule.days.find(({ cohorts }) => cohorts.includes(cohort))?.day;
  const rialsPerPerson = rule.amounts.find(({ deciles }) => deciles.includes(world.decile))?.rialsPerPerson;
  return day === undefined || rialsPerPerson === undefined ? undefined : { day, rialsPerPerson };
}

function hasFlag(world: World, { requires = [] }: Calendar, by: string): boolean {
  return requires.length === 0 || world.flags.some(({ flag, since }) => requires.includes(flag) && since <= by);
}

const grantOf = (world: World, programme: string, period: string): Grant | undefined =>
  world.grants.find((grant) => grant.programme === programme && grant.period === period);

/** Whoever is active and due by today, and has not had this month's credit, gets it. */
function charge(world: World, today: Day): void {
  for (const [programme, calendars] of world.calendars) {
    const rule = ruleOn(calendars, today.iso);
    const due = rule && dueBy(world, rule);
    if (rule === undefined || due === undefined || due.day > today.day || !world.active) continue;
    if (!hasFlag(world, rule, today.iso) || grantOf(world, programme, today.period) !== undefined) continue;
    const from = dayIn(today, due.day);
    const rials = world.members * due.rialsPerPerson;
    world.grants.push({ programme, period: today.period, rials, from, to: today.last, spent: 0, apart: 0 });
  }
}

const dayIn = ({ first }: Day, day: number): string =>
  new Date(Date.parse(first) + (day - 1) * 86_400_000).toISOString().slice(0, 10);

/** Until when credit may be spent: what was said last of its month and of this household holds. */
function endOf(world: World, { programme, period, to }: Grant): string {
  const said = world.windows.findLast(
    (window) =>
      window.programme === programme &&
      window.period === period &&
      (window.digits === undefined || window.digits.includes(world.digit)),
  );
  return said?.to ?? to;
}

const leftOf = ({ rials, spent, apart }: Grant): number => rials - spent - apart;

/** What may be spent today, what ends first at the front. */
function open(world: World, today: Day): Grant[] {
  const rank = (grant: Grant): string =>
    [
      endOf(world, grant),
      String(world.orders.get(grant.programme) ?? 100).padStart(3, '0'),
      grant.programme,
      grant.period,
    ].join(' ');
  return world.grants
    .filter((grant) => leftOf(grant) > 0 && grant.from <= today.iso && today.iso <= endOf(world, grant))
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** The answer to a purchase whose rest is paid in cash: RC, voucher, what is left, until when, and when more comes; and what it took. */
function buy(world: World, today: Day, rials: number): { text: string; takes: Sale['takes'] } {
  if (!world.active) return { text: '57', takes: [] };
  const takes: { grant: Grant; rials: number }[] = [];
  let rest = rials;
  for (const grant of open(world, today)) {
    const part = Math.min(rest, leftOf(grant));
    if (part === 0) break;
    grant.spent += part;
    rest -= part;
    takes.push({ grant, rials: part });
  }
  if (rest === rials) return { text: '51', takes };
  return { text: [rest > 0 ? '10' : '00', rials - rest, ...outlook(world, today)].join(' '), takes };
}

/** What is left, until when, and when more comes. */
function outlook(world: World, today: Day): (string | number)[] {
  const left = open(world, today);
  const ends = left[0] === undefined ? '-' : endOf(world, left[0]);
  return [left.reduce((sum, grant) => sum + leftOf(grant), 0), ends, nextCharge(world, today) ?? '-'];
}

/** A purchase comes back, wholly or half of it: the voucher's part first, of that what was taken last first. A terminal of the new unit
 *  (whose least amount is `step` rials) can only come near to the whole of an old purchase, and means it. */
function giveBack(world: World, today: Day, { how, half, old, rials, takes }: Sale, step: number | undefined): string {
  const wanted = half ? Math.floor(rials / 2) + 1 : rials;
  const said = step === undefined || old ? wanted : inSteps(wanted, step);
  const means = step !== undefined && !old && Math.abs(said - rials) < step ? rials : said;
  if (how === 'return' && means > rials) return 'returned 61 0 0 - -';
  const voucher = takes.reduce((sum, each) => sum + each.rials, 0);
  const given = how === 'reversal' ? voucher : Math.min(voucher, means);
  let rest = given;
  for (const take of takes.toReversed()) {
    const part = Math.min(rest, take.rials);
    take.grant.spent -= part;
    rest -= part;
  }
  return how === 'reversal' ? 'reversed 00' : ['returned 00', given, ...outlook(world, today)].join(' ');
}

/** The new unit cannot say less than a step: of what a month has that has not ended, whole steps stay and the rest stands apart. */
function convert(world: World, today: Day, step: number): void {
  for (const grant of world.grants)
    if (today.iso <= endOf(world, grant)) grant.apart = (grant.rials - grant.spent) % step;
}

/** The next day on which more may be spent: credit that is there and not good yet, or a charge of this month or the next, by the rule of its
 *  own day. */
function nextCharge(world: World, today: Day): string | undefined {
  const days = world.grants.filter((grant) => grant.from > today.iso && leftOf(grant) > 0).map(({ from }) => from);
  for (const [programme, calendars] of world.active ? world.calendars : [])
    for (const month of [monthOf(today.period), nextMonth(today)]) {
      if (grantOf(world, programme, month.period) !== undefined) continue;
      const due = chargedIn(world, calendars, month);
      if (due === undefined) continue;
      const day = due < today.iso ? today.iso : due;
      const { requires = [] } = ruleOn(calendars, day) ?? {};
      if (requires.length === 0) days.push(day);
      // who files later in the month gets it then
      for (const { flag, since } of world.flags)
        if (requires.includes(flag) && since <= month.last) days.push(since > day ? since : day);
    }
  return days.sort()[0];
}

/** The first day of a month on which the calendar of that very day has this household's day behind it. */
function chargedIn(world: World, calendars: readonly Calendar[], { first, last }: Day): string | undefined {
  for (
    let day = 1, iso = first;
    iso <= last;
    day++, iso = new Date(Date.parse(first) + (day - 1) * 86_400_000).toISOString().slice(0, 10)
  ) {
    const rule = ruleOn(calendars, iso);
    const due = rule && dueBy(world, rule);
    if (due !== undefined && due.day <= day) return iso;
  }
  return undefined;
}

/** Its months, of each what may still be spent, what has gone back, and its days. */
function stateOf(world: World, today: Day): Month[] {
  return world.grants.map((grant) => {
    const { programme, period, from } = grant;
    const to = endOf(world, grant);
    const unspent = grant.rials - grant.spent;
    const gone = to < today.iso;
    return { programme, period, left: gone ? 0 : leftOf(grant), gone: gone ? unspent : grant.apart, from, to };
  });
}
