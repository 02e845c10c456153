import { Type, type Static } from 'typebox';
import { GatewayError } from '../../ops/errors.ts';
import { checkedList } from '../rules.ts';

/** What goes wrong on purpose at the authority simulator: the first rule that fits an act is taken. */

export const ACTS = ['order', 'inquiry', 'confirm', 'cancel', 'reverse', 'status', 'list'] as const;
export type Act = (typeof ACTS)[number];

/** `silence`: nothing is done, nothing answered · `unheard`: done, and not answered · `close`: the connection ends, nothing is done ·
 *  `garbage`: not JSON · `huge`: 50 MB · `error`: status 500, nothing is done · `another`: the answer is about another order ·
 *  `more`, `less`: it says 1,000 rials more or less than it keeps · `twice`: the act is done two times · `lapse`: the reservation ends as it
 *  begins · `decline`: it refuses · `closed`: it does not reverse, since its day is over · of the list: `missing`, `extra`, `different` (one line
 *  each), `short` (fewer lines than it says) */
export const AUTHORITY_FAULTS = [
  'silence',
  'unheard',
  'close',
  'garbage',
  'huge',
  'error',
  'another',
  'more',
  'less',
  'twice',
  'lapse',
  'decline',
  'closed',
  'missing',
  'extra',
  'different',
  'short',
] as const;
export type AuthorityFault = (typeof AUTHORITY_FAULTS)[number];

const RuleSchema = Type.Object(
  {
    act: Type.Optional(Type.String({ enum: [...ACTS] })),
    fault: Type.Optional(Type.String({ enum: [...AUTHORITY_FAULTS] })),
    latencyMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000 })),
    /** How often it fits before it is spent; absent: always. */
    times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000 })),
  },
  { additionalProperties: false },
);
export type AuthorityRule = Static<typeof RuleSchema>;

/** @throws GatewayError `authority.rule` */
export function checkedAuthorityRules(value: unknown): AuthorityRule[] {
  return checkedList(RuleSchema, value, (message) => new GatewayError('authority.rule', message));
}
