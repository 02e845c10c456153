import { GatewayError } from '../../ops/errors.ts';

/** What can go wrong on purpose.
 *  `lost`: the request never arrived · `close`: the connection ends before it is read · `decline`: `rc` without moving money ·
 *  `silence`: done, not answered · `delay`: answered after `ms` · `late`: the same, with a default beyond any time-out ·
 *  `wrong-mac` · `duplicate`: answered twice · `reorder`: answered after the next answer · `half-frame`: the frame comes in two
 *  halves, `ms` apart · `close-mid-frame`: half a frame, then the connection ends. */
export const FAULTS = [
  'lost',
  'close',
  'decline',
  'silence',
  'delay',
  'late',
  'wrong-mac',
  'duplicate',
  'reorder',
  'half-frame',
  'close-mid-frame',
] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface FaultRule {
  readonly fault: FaultKind;
  /** 0 to 1; default 1. */
  readonly probability?: number;
  /** Delay in ms where the fault has one. */
  readonly ms?: number;
  /** DE 39 of `decline`; default 05. */
  readonly rc?: string;
  /** Only requests of this MTI, processing code or household. */
  readonly mti?: string;
  readonly processingCode?: string;
  readonly household?: number;
  /** How often it strikes before it is spent; default: always. */
  readonly times?: number;
}

export interface FaultSubject {
  readonly mti: string;
  readonly processingCode: string | undefined;
  readonly household: number | undefined;
}

const DEFAULT_MS: Partial<Record<FaultKind, number>> = { delay: 500, late: 60_000, 'half-frame': 100, reorder: 200 };

/** The fault script: rules in order, the first that strikes is taken. Can be changed while the simulator runs. */
export class FaultScript {
  readonly #random: () => number;
  #rules: { rule: FaultRule; left: number }[] = [];

  constructor(rules: readonly FaultRule[], random: () => number) {
    this.#random = random;
    this.replace(rules);
  }

  get rules(): readonly FaultRule[] {
    return this.#rules.map(({ rule, left }) => (rule.times === undefined ? rule : { ...rule, times: left }));
  }

  replace(rules: readonly FaultRule[]): void {
    this.#rules = rules.map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }));
  }

  /** The fault that strikes this request, if one does. */
  strike(subject: FaultSubject): (FaultRule & { readonly ms: number }) | undefined {
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (entry.left <= 0 || !matches(rule, subject) || this.#random() >= (rule.probability ?? 1)) continue;
      entry.left--;
      return { ...rule, ms: rule.ms ?? DEFAULT_MS[rule.fault] ?? 0 };
    }
    return undefined;
  }
}

function matches(rule: FaultRule, subject: FaultSubject): boolean {
  return (
    (rule.mti === undefined || rule.mti === subject.mti) &&
    (rule.processingCode === undefined || rule.processingCode === subject.processingCode) &&
    (rule.household === undefined || rule.household === subject.household)
  );
}

/** `silence`, `delay=300`, `decline=51:0.02`, `wrong-mac:0.1@0200`: fault[=ms or rc][:probability][@mti].
 *  @throws GatewayError `bank.fault` */
export function parseFault(text: string): FaultRule {
  const parts = /^([a-z-]+)(?:=(\w+))?(?::(\d*\.?\d+))?(?:@(\d{4}))?$/.exec(text);
  const fault = FAULTS.find((name) => name === parts?.[1]);
  if (parts === null || fault === undefined) {
    throw new GatewayError(
      'bank.fault',
      `--fault ${text}: give fault[=ms or rc][:probability][@mti], with a fault of ${FAULTS.join(', ')}.`,
    );
  }
  const [, , value, probability, mti] = parts;
  return checkedFault({
    fault,
    ...(value === undefined ? {} : fault === 'decline' ? { rc: value } : { ms: Number(value) }),
    ...(probability === undefined ? {} : { probability: Number(probability) }),
    ...(mti === undefined ? {} : { mti }),
  });
}

const NUMBERS = { probability: 1, ms: 3_600_000, household: 1_000_000, times: 1_000_000_000 } as const;
const TEXTS = { rc: /^\w{2}$/, mti: /^\d{4}$/, processingCode: /^\d{6}$/ } as const;

/** A rule from outside (command line, HTTP), every part checked.
 *  @throws GatewayError `bank.fault` */
export function checkedFault(value: unknown): FaultRule {
  const given = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const fault = FAULTS.find((name) => name === given['fault']);
  if (fault === undefined) throw new GatewayError('bank.fault', `a fault is one of ${FAULTS.join(', ')}`);
  for (const [key, part] of Object.entries(given)) {
    const most = NUMBERS[key as keyof typeof NUMBERS] as number | undefined;
    const form = TEXTS[key as keyof typeof TEXTS] as RegExp | undefined;
    const good =
      key === 'fault' ||
      (most !== undefined && typeof part === 'number' && part >= 0 && part <= most) ||
      (form !== undefined && typeof part === 'string' && form.test(part));
    if (!good) throw new GatewayError('bank.fault', `a fault cannot have ${key} = ${JSON.stringify(part)}`);
  }
  return given as unknown as FaultRule;
}
