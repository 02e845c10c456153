import { Type, type Static } from 'typebox';
import { ERROR_ACTIONS, TRIGGERS } from '../format/index.ts';
import { object, oneOf, reader } from '../format/names.ts';

/** How a release reaches devices: to whom, in which steps, and what stops it. Every value has a default but the terminals of one's own. */

const clock = Type.String({ pattern: '^(?:[01][0-9]|2[0-3]):[0-5][0-9]$' });
const number = (minimum: number, maximum: number, fallback: number, description: string) =>
  Type.Integer({ minimum, maximum, default: fallback, description });
const names = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 60 }), { minItems: 1, maxItems: 200, description }));

const Plan = object({
  own: Type.Array(Type.String({ pattern: '^[0-9A-Za-z]{8}$' }), {
    minItems: 1,
    maxItems: 1_000,
    uniqueItems: true,
    description: 'Test terminals of one’s own (DE 41): the first step',
  }),
  percents: Type.Array(Type.Integer({ minimum: 1, maximum: 100 }), {
    minItems: 1,
    maxItems: 10,
    default: [1, 10, 50, 100],
    description: 'The steps after them',
  }),
  provinces: names('Only terminals of shops there (English names of the post)'),
  psps: names('Only terminals of these PSPs'),
  models: names('Only these models'),
  days: number(1, 60, 1, 'Closed business days in each step'),
  ownPurchases: number(0, 1_000_000, 20, 'Purchases of updated terminals in the first step'),
  purchases: number(1, 10_000_000, 2_000, 'Purchases of updated terminals in each further step'),
  confirmedPercent: number(1, 100, 60, 'Devices of a step that have it before the next begins'),
  failures: number(1, 100_000, 3, 'So many failed installations halt it, where they are'),
  failurePercent: number(1, 100, 1, '… so many per cent of the devices that reported'),
  approvalPoints: number(1, 100, 1, 'Points by which approvals may be lower than without it'),
  times: number(2, 100, 2, 'How many times as often reversals, missing STANs and wrong MACs may come'),
  silentPercent: number(1, 100, 1, 'Points by which terminals that traded the day before may be silent more often'),
  trigger: Type.Union([oneOf(TRIGGERS)], { default: 'HOST' }),
  window: Type.Optional(object({ from: clock, to: clock })),
  retries: number(0, 100, 5, 'How often a device tries again'),
  retryS: number(1, 86_400, 900, '… after so many seconds'),
  errorAction: Type.Union([oneOf(ERROR_ACTIONS)], { default: 'ROLLBACK' }),
  batteryMin: number(0, 100, 30, 'Per cent'),
  idleS: number(0, 86_400, 300, 'How long nobody must have used the device'),
});
export const PlanSchema = Plan;
export type Plan = Static<typeof Plan>;

/** Outside of shop hours. */
export const NIGHT = { from: '01:00', to: '06:00' } as const;

const readShape: (value: unknown) => Plan = reader('plan of a rollout', Plan, { defaults: true });

/** Fills in what was left out.
 *  @throws GatewayError `updates.malformed` */
export function readPlan(value: unknown): Plan {
  const plan = readShape(structuredClone(value));
  const percents = [...new Set(plan.percents)].sort((a, b) => a - b);
  return { ...plan, percents: percents.at(-1) === 100 ? percents : [...percents, 100] };
}

/** Step 0 has one's own terminals alone; step n the first `percents[n - 1]` per cent, and those. */
export function lastStep({ percents }: Plan): number {
  return percents.length;
}

/** @returns devices below this bucket have it in that step, 0 to 10,000 */
export function bucketsOf({ percents }: Plan, step: number): number {
  return step === 0 ? 0 : (percents[step - 1] ?? 100) * 100;
}
