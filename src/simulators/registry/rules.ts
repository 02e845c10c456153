import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { GatewayError } from '../../ops/errors.ts';

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

const MOST_RULES = 1_000;

/** @throws GatewayError `registry.rule` */
export function checkedRules(value: unknown): RegistryRule[] {
  if (!Array.isArray(value) || value.length > MOST_RULES)
    throw new GatewayError('registry.rule', `Give a list of at most ${MOST_RULES} rules.`);
  return value.map((rule: unknown, index) => {
    const [fault] = Value.Check(RuleSchema, rule) ? [] : Value.Errors(RuleSchema, rule);
    if (fault !== undefined)
      throw new GatewayError('registry.rule', `Rule ${index + 1}: ${fault.instancePath || 'it'} ${fault.message}.`);
    const checked = rule as RegistryRule;
    if ((checked.says === 'no') !== (checked.reason !== undefined))
      throw new GatewayError(
        'registry.rule',
        `Rule ${index + 1}: "says": "no" comes with a reason, and nothing else does.`,
      );
    return checked;
  });
}

/** Rules in order; they can be changed while the simulator runs. */
export class RuleBook {
  #rules: { rule: RegistryRule; left: number }[] = [];

  get rules(): readonly RegistryRule[] {
    return this.#rules.map(({ rule, left }) => (rule.times === undefined ? rule : { ...rule, times: left }));
  }

  replace(rules: readonly RegistryRule[]): void {
    this.#rules = rules.map((rule) => ({ rule, left: rule.times ?? Infinity }));
  }

  /** The rule that fits a question, if one does. */
  take(registry: string, asked: Readonly<Record<string, unknown>>): RegistryRule | undefined {
    const found = this.#rules.find(({ rule, left }) => {
      if (left <= 0 || (rule.registry !== undefined && rule.registry !== registry)) return false;
      return Object.entries(rule.when ?? {}).every(([name, value]) => asked[name] === value);
    });
    if (found === undefined) return undefined;
    found.left--;
    return found.rule;
  }
}
