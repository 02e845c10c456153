import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { listMessages } from '../../src/messages/index.ts';
import { systemClock, type Clock } from '../../src/ops/clock.ts';
import { systemRandom } from '../../src/ops/random.ts';
import { ownerKeys } from '../../src/owners/index.ts';
import { createPublicDoor, type PublicDoorOptions } from '../../src/public/index.ts';
import type { Visitor } from './visitor.ts';

/** Of the doors of tests: nobody else's codes open with them. */
export const DOOR_KEYS = ownerKeys(Buffer.alloc(32, 9));

/** The public door on the database of a test, without limits by address. */
export function testDoor(
  pool: pg.Pool,
  clock: Pick<Clock, 'now' | 'monotonic'> = systemClock,
  options: Partial<PublicDoorOptions> = {},
): FastifyInstance {
  const faults: unknown[] = [];
  const log = { error: (fault: unknown) => faults.push(fault), warn: () => undefined, info: () => undefined } as never;
  const door = createPublicDoor({
    pool: () => pool,
    clock: { ...systemClock, ...clock },
    random: systemRandom,
    log,
    ownerKeys: DOOR_KEYS,
    requestsPerSecond: 0,
    ...options,
  });
  door.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode === 500) console.error(request.method, request.url, ...faults.splice(0));
    done(null, payload);
  });
  return door;
}

/** The code that a mobile was sent last. */
export async function codeOf(pool: pg.Pool, mobile: string, now = Date.now()): Promise<string> {
  const [message] = await listMessages(pool, { mobile, limit: 1 }, { key: DOOR_KEYS.messages, now });
  const code = /\d{6}/.exec(message?.text.replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 0xf)) ?? '')?.[0];
  if (code === undefined) throw new Error(`no code was sent to ${mobile}`);
  return code;
}

/** Signs a visitor in as a shopkeeper does: by mobile and code. */
export async function signIn(visitor: Visitor, pool: pg.Pool, mobile: string, now = Date.now()): Promise<void> {
  await visitor.get('/sign-in');
  await visitor.submit('/sign-in', { mobile });
  const answer = await visitor.submit('/sign-in/code', { code: await codeOf(pool, mobile, now) });
  if (answer.statusCode !== 303) throw new Error(`${mobile} could not sign in: ${answer.body}`);
}

export interface Route {
  readonly path: string;
  readonly methods: readonly string[];
}

/** Every route of a door, read from the tree that the server prints of itself: four characters a level. */
export function routesOf(door: FastifyInstance): Route[] {
  const parts: string[] = [];
  return door
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const at = line.indexOf('── ');
      if (at < 0) return [];
      const [, part = '', methods] = /── (\S*)(?: \(([A-Z, ]+)\))?/.exec(line) ?? [];
      parts.splice(Math.floor(at / 4), Infinity, part);
      // two routes whose parameters have different names share a line: `:paper|:item`
      const path = parts.join('').replace(/\|:\w+/g, '');
      return methods === undefined ? [] : [{ path, methods: methods.split(', ') }];
    });
}
