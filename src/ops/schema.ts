import { Ajv, type ErrorObject } from 'ajv';
import { once } from './once.ts';

/** What a value has against its schema. */
export interface SchemaFault {
  /** The way to the value, `['fetchFrom', '0', 'host']`; to the key itself, where the schema does not know it. */
  readonly path: readonly string[];
  readonly unknownKey: boolean;
  readonly got: unknown;
  readonly reason: string;
}

/** `defaults`: missing values are filled in. `coerce`: numbers and booleans may come as text. Both change the value. */
export interface SchemaOptions {
  readonly defaults?: boolean;
  readonly coerce?: boolean;
}

/** The one set-up of Ajv: every fault of a value at once, each with what was got. Of formats it knows `date`, a day that the calendar has, and
 *  `date-time`, an instant in UTC. */
export function createAjv({ defaults = false, coerce = false }: SchemaOptions = {}): Ajv {
  const ajv = new Ajv({ allErrors: true, verbose: true, useDefaults: defaults, coerceTypes: coerce });
  ajv.addFormat('date', (text) => isInstant(`${text}T00:00:00Z`));
  ajv.addFormat('date-time', isInstant);
  return ajv;
}

/** PostgreSQL keeps no others: neither a 31st of February nor the year 0. */
function isInstant(text: string): boolean {
  const [, second = ''] = /^([1-9]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d{1,3})?Z$/.exec(text) ?? [];
  const ms = Date.parse(`${second}Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(second);
}

/** Compiled when the first value comes: a program has more schemas than it meets values.
 *  @param schema JSON schema (TypeBox)
 *  @returns what names every fault of a value: none for one that fits */
export function schemaCheck(schema: object, options?: SchemaOptions): (value: unknown) => readonly SchemaFault[] {
  const validator = once(() => createAjv(options).compile(schema));
  return (value) => {
    const validate = validator();
    return validate(value) ? [] : (validate.errors ?? []).map(faultOf);
  };
}

function faultOf({ instancePath, params, data, message, keyword }: ErrorObject): SchemaFault {
  const extra = (params as { additionalProperty?: string }).additionalProperty;
  const path = instancePath.split('/').slice(1);
  return {
    path: extra === undefined ? path : [...path, extra],
    unknownKey: extra !== undefined,
    got: data,
    reason: message ?? keyword,
  };
}
