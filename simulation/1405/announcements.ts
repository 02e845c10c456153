import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { dayOf, instant, type Day } from './days.ts';
import { switchSteps, type Successor } from './switch.ts';

/** What was announced when, as announcements.yaml has it, and the order in which everything happens: both sides of the replay read this. */

export interface Calendar {
  /** ISO. */
  readonly from: string;
  readonly cohort: 'all' | 'digit' | 'decile';
  readonly requires?: readonly string[];
  readonly amounts: readonly { readonly deciles: readonly number[]; readonly rialsPerPerson: number }[];
  readonly days: readonly { readonly cohorts: readonly number[]; readonly day: number }[];
}

export interface Programme {
  readonly programme: string;
  readonly order?: number;
  readonly charges?: readonly Calendar[];
}

export interface Move {
  readonly programme: string;
  readonly period: string;
  readonly digits?: readonly number[];
  /** ISO. */
  readonly to: string;
}

/** One of its parts. */
export interface Row {
  readonly programmes?: { readonly programmes: readonly Programme[] };
  readonly allocate?: {
    readonly programme: string;
    readonly months: readonly string[];
    readonly rialsPerPerson: number;
  };
  readonly move?: Move & { readonly approved?: string; readonly approvedAt?: string };
  readonly households?: { readonly oneIn: number; readonly change: 'decile' | 'digit' };
  readonly status?: { readonly oneIn: number; readonly status: 'active' | 'blocked' };
  readonly flags?: { readonly flag: string; readonly oneIn: number; readonly since: string; readonly source: string };
}

interface Announcement {
  /** Jalali. */
  readonly announced: string;
  readonly at?: string;
  readonly what: string;
  readonly rows?: readonly Row[];
}

/** What happens, in order; `at` is in ms. */
export type Step =
  /** A day begins: what has ended goes back, and who is due is charged. */
  | { readonly kind: 'midnight'; readonly day: Day; readonly at: number }
  /** `name` tells rows of one kind and day apart. */
  | { readonly kind: 'say'; readonly day: Day; readonly at: number; readonly row: Row; readonly name: string }
  | { readonly kind: 'approve'; readonly day: Day; readonly at: number; readonly move: Move }
  /** Households buy; `number` counts such days. */
  | ({ readonly kind: 'market'; readonly day: Day; readonly at: number } & Counter)
  /** What was bought on this day or one before is reversed or returned. */
  | ({ readonly kind: 'back'; readonly day: Day; readonly at: number } & Counter)
  /** Two persons say which unit succeeds the rial, from which day on. */
  | { readonly kind: 'unit'; readonly day: Day; readonly at: number; readonly successor: Successor }
  /** What the new unit cannot say is set apart. */
  | { readonly kind: 'convert'; readonly day: Day; readonly at: number; readonly stepRials: number }
  | { readonly kind: 'compare'; readonly day: Day; readonly at: number; readonly what: string };

/** A day of purchases; where the successor is there, terminals say whole steps of it. */
export interface Counter {
  readonly number: number;
  readonly successor?: Successor;
  /** The last before it is there. */
  readonly eve?: boolean;
}

/** Days on which somebody is charged, or credit ends. */
const ORDINARY = ['1404-11-01', '1404-12-01', '1405-01-01', '1405-02-01', '1405-02-15', '1405-03-01', '1405-03-15', '1405-03-20', '1405-03-25',
  '1405-04-01', '1405-04-15', '1405-04-20', '1405-04-25', '1405-05-15', '1405-06-05', '1405-06-15', '1405-06-25', '1405-07-01', '1405-07-05',
  '1405-07-10', '1405-07-20', '1405-07-25', '1405-08-01', '1405-08-05', '1405-08-15', '1405-08-20', '1405-08-25']; // prettier-ignore
/** Days of purchases beside those of announcements with rows: before and after an end. */
const MARKETS = ['1404-11-05', '1405-01-10', '1405-02-20', '1405-03-31', '1405-04-31', '1405-05-01', '1405-05-14', '1405-05-15', '1405-06-25',
  '1405-07-12', '1405-07-22', '1405-08-27']; // prettier-ignore

export function readAnnouncements(): Announcement[] {
  const text = readFileSync(new URL('announcements.yaml', import.meta.url), 'utf8');
  return parse(text) as Announcement[];
}

/** Jalali days inside of a row become ISO days, as the product's files have them. */
function isoDays(value: unknown): unknown {
  if (typeof value === 'string') return /^1[34]\d\d-\d\d-\d\d$/.test(value) ? dayOf(value).iso : value;
  if (Array.isArray(value)) return value.map(isoDays);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, isoDays(part)]));
}

/** The whole replay from its first rule on, to the end of the rial on the day of a seed's choice. */
export function stepsOf(announcements: readonly Announcement[], seed = 1405): Step[] {
  const said = announcements.slice(announcements.findIndex(({ rows }) => rows !== undefined));
  const steps = said.flatMap(stepsOfOne);
  const days = new Set([...steps.map(({ day }) => day.jalali), ...ORDINARY, ...MARKETS]);
  for (const jalali of days) {
    const day = dayOf(jalali);
    steps.push({ kind: 'midnight', day, at: instant(day.iso, '00:05') });
  }
  const withRows = said.filter(({ rows }) => rows !== undefined).map(({ announced }) => announced);
  for (const [number, jalali] of [...new Set([...MARKETS, ...withRows])].sort().entries()) {
    const day = dayOf(jalali);
    steps.push({ kind: 'market', day, at: instant(day.iso, '12:00'), number });
    steps.push({ kind: 'back', day, at: instant(day.iso, '14:00'), number });
  }
  steps.push(...switchSteps(seed, steps.filter(({ kind }) => kind === 'market').length));
  return steps.sort((a, b) => a.at - b.at);
}

function stepsOfOne({ announced, at = '10:00', what, rows = [] }: Announcement): Step[] {
  const day = dayOf(announced);
  const steps: Step[] = [{ kind: 'compare', day, at: instant(day.iso, '23:00'), what }];
  for (const [place, row] of (isoDays(rows) as Row[]).entries()) {
    const { move } = row;
    if (move === undefined) {
      const name = `${announced} ${place}`;
      steps.push({ kind: 'say', day, at: instant(day.iso, at) + place, row, name });
      continue;
    }
    const approved = rows[place]?.move?.approved ?? announced;
    const on = dayOf(approved);
    steps.push({ kind: 'approve', day: on, at: instant(on.iso, move.approvedAt ?? at) + place, move });
    if (approved !== announced)
      steps.push({ kind: 'compare', day: on, at: instant(on.iso, '23:00'), what: `Approved: ${what}` });
  }
  return steps;
}
