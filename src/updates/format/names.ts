import { Type, type Static, type TSchema } from 'typebox';
import { GatewayError } from '../../ops/errors.ts';
import { schemaCheck, type SchemaOptions } from '../../ops/schema.ts';

/** Words of signed updates that server and device share (terminals.md 3). */

export const COMPONENTS = ['menu', 'goods', 'params', 'firmware'] as const;
export type Component = (typeof COMPONENTS)[number];

/** What a device does with a file, as ISO 20022 catm.003 names it: make, replace, remove. */
export const ACTIONS = ['CREA', 'UPDT', 'DELT'] as const;
/** When: at a date, when the host says so, by hand, between sales (catm.002). */
export const TRIGGERS = ['DATE', 'HOST', 'MANU', 'SALE'] as const;
/** After a failure: keep the old, go back to the old slot, or stop and wait for a person. */
export const ERROR_ACTIONS = ['KEEP', 'ROLLBACK', 'STOP'] as const;
export const PHASES = ['DOWNLOADED', 'VERIFIED', 'INSTALLED', 'CONFIRMED', 'ROLLED_BACK', 'REJECTED'] as const;
export const SLOTS = ['A', 'B'] as const;
/** Attacks on the way of updates that a device tells of. */
export const ATTACKS = ['rollback', 'freeze', 'mix-and-match', 'endless-data', 'forged', 'slow-retrieval'] as const;

/** Names of target files: parts of small letters, digits, `-`, `_`, `.`, none of which begins with a point. */
export const TARGET_PATH =
  /^(?:menu|goods|params|firmware\/[a-z0-9][a-z0-9_]{0,39}\/[a-z0-9][a-z0-9_-]{0,39})\/[a-z0-9][a-z0-9._-]{0,79}$/;
/** Serials are letters and digits alone. */
export const SERIAL = /^[0-9A-Z]{1,40}$/;

const strict = { additionalProperties: false };
export const oneOf = <const Name extends string>(names: readonly Name[]) =>
  Type.Unsafe<Name>({ type: 'string', enum: [...names] });
export const instant = Type.String({
  pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$`,
  description: 'ISO 8601, UTC',
});
export const hex = (bytes: number) => Type.String({ pattern: `^[0-9a-f]{${bytes * 2}}$` });
export const counter = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });
export const bytes = Type.Integer({ minimum: 0, maximum: 99_999_999 });
export const targetPath = Type.String({ pattern: TARGET_PATH.source, maxLength: 180 });
export const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
export const object = <Properties extends Parameters<typeof Type.Object>[0]>(properties: Properties) =>
  Type.Object(properties, strict);

/** @returns what reads a value of this schema
 *  @throws GatewayError `updates.malformed`, naming each place and what is wrong there; the value itself is not shown */
export function reader<Schema extends TSchema>(
  what: string,
  schema: Schema,
  options: SchemaOptions = {},
): (value: unknown) => Static<Schema> {
  const faultsOf = schemaCheck(schema, options);
  return (value) => {
    const faults = faultsOf(value);
    if (faults.length === 0) return value as Static<Schema>;
    const named = faults
      .slice(0, 10)
      .map(
        ({ path, unknownKey, reason }) => `${path.join('.') || 'the whole'} ${unknownKey ? 'is not known' : reason}`,
      );
    throw new GatewayError('updates.malformed', `This is no ${what}: ${[...new Set(named)].join('; ')}.`);
  };
}
