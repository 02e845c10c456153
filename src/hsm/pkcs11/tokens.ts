import { HsmError } from '../errors.ts';

/** What a token of this back-end carries: keys wrapped on the HSM, and what they may do. */
export interface SealedParts {
  /** Of the master key it was made under. */
  readonly generation: number;
  /** X9.143 mode of use. */
  readonly mode: string;
  /** X9.143 exportability: `N` never leaves. */
  readonly exportability: string;
  /** RFC 3394 wrappings: the key; for M3 also its left half, twice. */
  readonly wrapped: readonly Buffer[];
}

/** The token without its MAC, which follows behind one more dot. */
export function tokenText({ generation, mode, exportability, wrapped }: SealedParts): string {
  const keys = wrapped.map((bytes) => bytes.toString('base64url')).join('.');
  return `P${generation}.${mode}${exportability}.${keys}`;
}

/** Takes a token apart; nothing of it is to be believed before its MAC was checked.
 *  @throws HsmError `key.token` */
export function openToken(token: string): { parts: SealedParts; text: string; mac: Buffer } {
  const match = /^P(\d{1,2})\.([A-Z])([ENS])\.([\w-]{16,100}(?:\.[\w-]{16,100})?)\.([\w-]{22})$/.exec(token);
  if (match === null) throw new HsmError('key.token', 'The token is not one of this back-end.');
  const [, generation = '', mode = '', exportability = '', keys = '', mac = ''] = match;
  const wrapped = keys.split('.').map((text) => Buffer.from(text, 'base64url'));
  return {
    parts: { generation: Number(generation), mode, exportability, wrapped },
    text: token.slice(0, -mac.length - 1),
    mac: Buffer.from(mac, 'base64url'),
  };
}
