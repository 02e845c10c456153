import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Type, type Static } from 'typebox';
import type { AuthorityContent } from '../../ledger/index.ts';
import { fileFault, GatewayError } from '../../ops/errors.ts';
import { readSettingsFile } from '../../ops/settings-file.ts';

/** Remote authorities as `<data>/authorities.yaml` describes them (docs/counterparts.md): which programme and which cards each decides. */

const file = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));

const AuthoritySchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z][a-z0-9-]{1,19}$', description: 'In breaks, metrics and logs' }),
    programme: Type.String({ pattern: '^[0-9A-Za-z_-]{1,40}$', description: 'What it decides; one authority each' }),
    cards: Type.Array(Type.String({ pattern: '^\\d{6,11}$' }), {
      minItems: 1,
      maxItems: 1_000,
      description: 'How the PANs begin that it decides; a card of a household of ours stays ours',
    }),
    url: Type.String({ pattern: '^https?://[^\\s]+$', description: 'https; http only on this machine' }),
    caFile: file('PEM: the only authorities that its certificate may come from'),
    certFile: file('PEM: our certificate'),
    keyFile: file('PEM: its key'),
    secretFile: file('A bearer token, where it wants one beside our certificate: read for each request'),
    timeoutMs: Type.Integer({ minimum: 100, maximum: 60_000, default: 4_000, description: 'For each answer' }),
    reserveSeconds: Type.Integer({ minimum: 120, maximum: 180, default: 120, description: 'How long it reserves' }),
  },
  { additionalProperties: false },
);
export type AuthoritySettings = Static<typeof AuthoritySchema>;

const Schema = Type.Object(
  { authorities: Type.Array(AuthoritySchema, { minItems: 1, maxItems: 20 }) },
  { additionalProperties: false },
);

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);

export interface Authorities {
  /** Named in messages. */
  readonly file: string;
  readonly authorities: readonly AuthoritySettings[];
}

/** @returns undefined: our ledger decides everything
 *  @throws GatewayError `settings.file` */
export function readAuthorities(dataDir: string): Authorities | undefined {
  const read = readSettingsFile(dataDir, 'authorities', Schema);
  if (read === undefined) return undefined;
  const { authorities } = read.value as Static<typeof Schema>;
  const fault = faultOf(authorities);
  if (fault !== undefined) throw new GatewayError('settings.file', `${read.file}: ${fault}`);
  return { file: read.file, authorities };
}

/** What of its settings two persons decide (docs/decisions/0101). @throws GatewayError `settings.file` */
export function contentOf({ name, programme, cards, url, caFile, reserveSeconds }: AuthoritySettings): AuthorityContent {
  const caSha256 = caFile === undefined ? null : sha256Of(caFile, name);
  return { authority: name, programme, cards: cards.toSorted(), url, caSha256, reserveSeconds };
} // prettier-ignore

function sha256Of(file: string, name: string): string {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch (error) {
    throw new GatewayError('settings.file', `${name}: ${fileFault(file, 'read', error)}`, { cause: error });
  }
}

function faultOf(authorities: readonly AuthoritySettings[]): string | undefined {
  for (const { name, url, caFile, certFile, keyFile } of authorities) {
    if (!URL.canParse(url)) return `${name}: ${url} is no address.`;
    const { protocol, hostname, username, search, hash } = new URL(url);
    if (username !== '' || search !== '' || hash !== '') return `${name}: the url is a host and a path, and no more.`;
    if (protocol === 'http:' && !LOCAL.has(hostname)) return `${name}: what leaves this machine goes over https.`;
    const missing = Object.entries({ caFile, certFile, keyFile }).find(([, value]) => value === undefined)?.[0];
    if (protocol === 'https:' && missing !== undefined)
      return `${name}: ${missing} is missing: both sides show a certificate.`;
  }
  return (
    twice(
      authorities.map(({ name }) => name),
      (name) => `two authorities are called ${name}.`,
    ) ??
    twice(
      authorities.map(({ programme }) => programme),
      (id) => `programme ${id} has two authorities.`,
    ) ??
    overlap(authorities)
  );
}

function twice(values: readonly string[], say: (value: string) => string): string | undefined {
  const found = values.find((value, index) => values.indexOf(value) !== index);
  return found === undefined ? undefined : say(found);
}

function overlap(authorities: readonly AuthoritySettings[]): string | undefined {
  const all = authorities.flatMap(({ name, cards }) => cards.map((prefix) => ({ name, prefix })));
  for (const [index, one] of all.entries()) {
    const other = all.find(({ prefix }, at) => at !== index && prefix.startsWith(one.prefix));
    if (other !== undefined) return `cards ${other.prefix} are named twice: ${one.name}, ${other.name}.`;
  }
  return undefined;
}
