/** What the doctor says about one thing, and what a person does about it. */
export interface Finding {
  /** What was looked at: stable, for monitoring. */
  readonly check: CheckName;
  readonly level: Level;
  /** What is so, with its figure. */
  readonly says: string;
  /** What to do; without it, nothing. */
  readonly do?: string;
}

/** From best to worst; `unknown`: it could not be looked at. */
export const LEVELS = ['ok', 'unknown', 'warning', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

export const CHECK_NAMES = [
  'settings',
  'secrets',
  'disk',
  'certificates',
  'database',
  'version',
  'role',
  'server',
  'replication',
  'transactions',
  'backups',
  'practice',
  'clock',
  'keys',
  'queue',
  'gateway',
  'alarms',
  'days',
  'postings',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** Exit statuses as monitoring reads them (Nagios plug-ins): 0 ok, 1 warning, 2 critical, 3 unknown. */
export function exitStatusOf(findings: readonly Finding[]): 0 | 1 | 2 | 3 {
  const there = new Set(findings.map(({ level }) => level));
  if (there.has('critical')) return 2;
  if (there.has('warning')) return 1;
  return there.has('unknown') ? 3 : 0;
}

/** Of a check without its name: the check adds it. */
export type Said = Omit<Finding, 'check'>;

export const ok = (says: string): Said => ({ level: 'ok', says });
export const warning = (says: string, what: string): Said => ({ level: 'warning', says, do: what });
export const critical = (says: string, what: string): Said => ({ level: 'critical', says, do: what });
export const unknown = (says: string, what: string): Said => ({ level: 'unknown', says, do: what });
