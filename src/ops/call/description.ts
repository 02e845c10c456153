import { Type, type Static } from 'typebox';

const file = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));
const texts = (description: string) =>
  Type.Optional(Type.Record(Type.String({ minLength: 1 }), Type.String({ maxLength: 4_000 }), { description }));

/** An HTTP service of somebody else, described instead of programmed. `{name}` in an address, header or body is filled in, in the way of
 *  its place; `{secret}` is the content of `secretFile`. */
export const CALL = {
  url: Type.String({ pattern: '^https?://[^\\s]+$', description: 'https; http only on this machine' }),
  method: Type.String({ enum: ['GET', 'POST', 'PUT'], default: 'POST' }),
  headers: texts('Sent with each request'),
  json: Type.Optional(Type.Unknown({ description: 'The body, as JSON' })),
  form: texts('The body, as fields of a form'),
  secretFile: file('Holds what {secret} is: read for each request, so that it can be replaced'),
  caFile: file('PEM: the only authorities that the service may have its certificate from'),
  certFile: file('PEM: our certificate, where the service wants one'),
  keyFile: file('PEM: its key'),
  timeoutMs: Type.Integer({ minimum: 100, maximum: 60_000, default: 10_000, description: 'For the whole answer' }),
  maxBytes: Type.Integer({ minimum: 256, maximum: 1_048_576, default: 65_536, description: 'Of the answer' }),
};

export type CallDescription = Static<ReturnType<typeof Type.Object<typeof CALL>>>;

/** A JSON pointer (RFC 6901). */
export const POINTER = '^(/[^/]*)*$';

/** @returns undefined: there is nothing at that place */
export function at(json: unknown, pointer: string): unknown {
  let value = json;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
