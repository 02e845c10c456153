import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PoolClient } from 'pg';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import type { By, People, Signed } from '../../people/index.ts';

/** Reads and changes as people.md 3 wants them: ETag and If-Match, Idempotency-Key, cursors. */

export interface Changed {
  readonly status: 200 | 201 | 204;
  readonly body?: object;
  /** Shown once: added to the body now, never kept, and left out where the request is repeated. */
  readonly once?: object;
  readonly version?: number;
}

export interface ChangeContext {
  /** In it: the change, its audit, and what the request was answered. */
  readonly db: PoolClient;
  readonly signed: Signed;
  readonly by: By;
  readonly now: number;
}

interface Kept {
  readonly digest: Buffer;
  readonly status: Changed['status'];
  readonly body: object | null;
  readonly etag: string | null;
}

const KEY = /^[\x21-\x7e]{1,100}$/;

/** Runs a change in one transaction and answers. With an Idempotency-Key the same request again is answered the same, and does
 *  nothing; two at once wait for each other. What is refused is not kept: it may be tried again under its key.
 *  @throws GatewayError `api.invalid`, `api.key-reused`, and those of the change */
export async function answerChange(
  people: People,
  { request, reply, signed, by }: { request: FastifyRequest; reply: FastifyReply; signed: Signed; by: By },
  work: (context: ChangeContext) => Promise<Changed>,
): Promise<FastifyReply> {
  const key = request.headers['idempotency-key'];
  if (key !== undefined && (typeof key !== 'string' || !KEY.test(key)))
    throw new GatewayError('api.invalid', 'Idempotency-Key has 1 to 100 visible ASCII characters.');
  const now = people.clock.now();
  const { answer, repeated } = await transaction(people.pool, async (db) => {
    const kept = key === undefined ? undefined : await claimKey(db, signed.actor.id, key, digestOf(request));
    if (kept !== undefined) return { answer: kept, repeated: true };
    const changed = await work({ db, signed, by, now });
    const etag = changed.version === undefined ? null : etagOf(changed.version);
    if (key !== undefined)
      await db.query('update api_requests set status = $3, body = $4, etag = $5 where person_id = $1 and key = $2', [
        signed.actor.id,
        key,
        changed.status,
        changed.body === undefined ? null : JSON.stringify(changed.body),
        etag,
      ]);
    const body = changed.body === undefined ? null : { ...changed.body, ...changed.once };
    return { answer: { status: changed.status, body, etag }, repeated: false };
  });
  if (repeated) void reply.header('idempotency-replayed', 'true');
  if (answer.etag !== null) void reply.header('etag', answer.etag);
  return reply.code(answer.status).send(answer.body ?? undefined);
}

function digestOf({ method, url, body }: FastifyRequest): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([method, url, body ?? null]))
    .digest();
}

/** @returns what the request was answered before; undefined: it is the first */
async function claimKey(db: PoolClient, personId: string, key: string, digest: Buffer): Promise<Kept | undefined> {
  const claimed = await db.query(
    'insert into api_requests (person_id, key, digest) values ($1, $2, $3) on conflict do nothing',
    [personId, key, digest],
  );
  if (claimed.rowCount === 1) return undefined;
  const { rows } = await db.query<Kept>(
    'select digest, status, body, etag from api_requests where person_id = $1 and key = $2',
    [personId, key],
  );
  const [kept] = rows;
  if (kept?.digest.equals(digest) === true) return kept;
  throw new GatewayError('api.key-reused', 'Another request came with this Idempotency-Key: give each its own.');
}

function etagOf(version: number): string {
  return `"${version}"`;
}

/** Answers a read with its ETag, or 304 where the reader has it. */
export function answerRead(request: FastifyRequest, reply: FastifyReply, body: object, version: number): FastifyReply {
  const etag = etagOf(version);
  void reply.header('etag', etag);
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.send(body);
}

/** The version that a change rests on.
 *  @throws GatewayError `api.no-version`, `api.stale` */
export function versionSeen(request: FastifyRequest): number {
  const given = request.headers['if-match'];
  if (given === undefined) throw new GatewayError('api.no-version', 'Read it first, and send its ETag as If-Match.');
  const version = /^"(\d{1,9})"$/.exec(given)?.[1];
  if (version === undefined) throw new GatewayError('api.stale', `If-Match must be one ETag that was read here.`);
  return Number(version);
}

/** The last id of a page, for who asks for the next. */
export function cursorAfter(id: string): string {
  return Buffer.from(`after ${id}`).toString('base64url');
}

/** @param shape of an id, as a regular expression
 *  @returns the id; undefined: the first page
 *  @throws GatewayError `api.invalid` */
export function idAfter(cursor: string | undefined, shape = '\\d{1,18}'): string | undefined {
  if (cursor === undefined) return undefined;
  const id = new RegExp(`^after (${shape})$`).exec(Buffer.from(cursor, 'base64url').toString())?.[1];
  if (id === undefined) throw new GatewayError('api.invalid', 'The cursor is not one that this list gave.');
  return id;
}
