import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Type, type Static } from 'typebox';
import { GatewayError, messageOf } from '../ops/errors.ts';
import { schemaCheck } from '../ops/schema.ts';

/** People who may use the HTTP API: name, and the SHA-256 of a token of 32 random bytes. The token itself is shown once. */
const Schema = Type.Record(
  Type.String(),
  Type.Object({ sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) }, { additionalProperties: false }),
);
type Operators = Static<typeof Schema>;

const TOKEN_BYTES = 32;
/** Lower case, so that two spellings are not two people; `matching` is the name that the matching itself signs with. */
const NAME = /^(?!matching$)[a-z][a-z0-9._-]{1,31}$/;

export function operatorsFile(dataDir: string): string {
  return join(dataDir, 'secrets', 'operators.json');
}

/** Gives a person a token, in place of one they had.
 *  @returns the token: it is kept nowhere
 *  @throws GatewayError `operator.name`, `operator.file` */
export function issueToken(dataDir: string, name: string): string {
  if (!NAME.test(name)) {
    throw new GatewayError(
      'operator.name',
      `"${name}" is not an operator's name: give 2 to 32 of a-z, 0-9, ".", "_", "-".`,
    );
  }
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  write(dataDir, { ...readOperators(dataDir), [name]: { sha256: digest(token).toString('hex') } });
  return token;
}

/** @throws GatewayError `operator.name` for one who has no token, `operator.file` */
export function revokeToken(dataDir: string, name: string): void {
  const { [name]: gone, ...others } = readOperators(dataDir);
  if (gone === undefined) throw new GatewayError('operator.name', `"${name}" has no token.`);
  write(dataDir, others);
}

/** The tokens of a data folder. The file is read when it has changed: a token that was taken away is worth nothing from then on. */
export class OperatorTokens {
  readonly #file: string;
  readonly #dataDir: string;
  #version: string | undefined;
  #operators: readonly (readonly [name: string, sha256: Buffer])[] = [];

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#file = operatorsFile(dataDir);
  }

  /** Whose token it is. Every operator's is compared, in constant time, so that the time says nothing.
   *  @param authorization the HTTP header
   *  @throws GatewayError `operator.file` */
  ownerOf(authorization: string | undefined): string | undefined {
    const token = /^Bearer ([A-Za-z0-9_-]{1,128})$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return undefined;
    this.#refresh();
    const given = digest(token);
    let found: string | undefined;
    for (const [name, sha256] of this.#operators) if (timingSafeEqual(given, sha256)) found = name;
    return found;
  }

  #refresh(): void {
    const stat = statSync(this.#file, { bigint: true, throwIfNoEntry: false });
    const version = stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
    if (version === this.#version) return;
    const entries = Object.entries(readOperators(this.#dataDir));
    this.#operators = entries.map(([name, { sha256 }]) => [name, Buffer.from(sha256, 'hex')] as const);
    this.#version = version;
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function readOperators(dataDir: string): Operators {
  const file = operatorsFile(dataDir);
  if (!existsSync(file)) return {};
  try {
    const values: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (schemaCheck(Schema)(values).length === 0) return values as Operators;
  } catch (cause) {
    throw new GatewayError('operator.file', `${file} is not JSON: ${messageOf(cause)}`, { cause });
  }
  throw new GatewayError('operator.file', `${file} must hold {"<name>": {"sha256": "<64 hexadecimal digits>"}}.`);
}

function write(dataDir: string, operators: Operators): void {
  const file = operatorsFile(dataDir);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.part`, `${JSON.stringify(operators, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.part`, file);
}
