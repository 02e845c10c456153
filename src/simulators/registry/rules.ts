import { Type, type Static } from 'typebox';
import { GatewayError } from '../../ops/errors.ts';
import { checkedList } from '../rules.ts';

/** What the registry simulator answers, told by rules: the first that fits a question is taken; without one the answer is yes. */

export const REGISTRIES = ['owner_identity', 'mobile', 'sheba', 'guild_licence', 'tax_code', 'address'] as const;

/** What can go wrong on purpose. `silence`: no answer · `drip`: one byte after another, for ever · `close`: the connection ends ·
 *  `garbage`: not JSON · `huge`: 50 MB · `redirect`: to elsewhere · `another`: the answer is about somebody else · `error`: status 500 */
export const FAULTS = ['silence', 'drip', 'close', 'garbage', 'huge', 'redirect', 'another', 'error'] as const;

export const RuleSchema = Type.Object(
  {
    registry: Type.Optional(Type.String({ enum: [...REGISTRIES] })),
    /** Fits a question that says so: `{"sheba": "IR71…"}`. */
    when: Type.Optional(Type.Record(Type.String(), Type.String())),
    /** `no` with a reason: not_the_owner, not_found, ended, other_guild, inactive, address_differs. `unknown`: it does not know. */
    says: Type.Optional(Type.String({ enum: ['yes', 'no', 'unknown'] })),
    reason: Type.Optional(Type.String({ pattern: '^[a-z_]{1,40}$' })),
    /** Of a licence: the last day, ISO. */
    validUntil: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })),
    fault: Type.Optional(Type.String({ enum: [...FAULTS] })),
    latencyMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000 })),
    /** How often it fits before it is spent; absent: always. */
    times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000 })),
  },
  { additionalProperties: false },
);
export type RegistryRule = Static<typeof RuleSchema>;

/** @throws GatewayError `registry.rule` */
export function checkedRules(value: unknown): RegistryRule[] {
  const refuse = (message: string): GatewayError => new GatewayError('registry.rule', message);
  const rules = checkedList(RuleSchema, value, refuse);
  const wrong = rules.findIndex(({ says, reason }) => (says === 'no') !== (reason !== undefined));
  if (wrong >= 0) throw refuse(`Rule ${wrong + 1}: "says": "no" comes with a reason, and nothing else does.`);
  return rules;
}

/** Whether a rule is about a question. */
export function fits({ registry, when = {} }: RegistryRule, asked: Readonly<Record<string, unknown>>, of: string): boolean {
  if (registry !== undefined && registry !== of) return false;
  return Object.entries(when).every(([name, value]) => asked[name] === value);
} // prettier-ignore
