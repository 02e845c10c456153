import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Clock } from '../../ops/clock.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import type { Loop } from '../../ops/repeat.ts';
import { stillHas, type People } from '../../people/index.ts';
import type { Caller } from './access.ts';

/** Server-sent events: one reading for all who listen, none while nobody does. A listener is let go when the session ends, the
 *  person loses the permission, or the line does not take what is sent. */
export interface Streams {
  /** @throws GatewayError `overview.listeners` */
  open(reply: FastifyReply, caller: Caller): Promise<FastifyReply>;
  close(): Promise<void>;
}

export interface StreamOptions {
  readonly people: () => People;
  readonly clock: Pick<Clock, 'every' | 'monotonic'>;
  readonly log: Log;
  readonly read: () => Promise<object>;
  /** Between two events (default: 5 s). */
  readonly everyMs?: number;
}

interface Listener {
  readonly raw: ServerResponse;
  readonly person: string;
  readonly tokenId: string;
  /** Beats at which the line still held what was sent before. */
  late: number;
}

const EVERY_MS = 5_000;
const MOST = 100;
const MOST_OF_A_PERSON = 5;
/** Then the reader is too slow, or gone. */
const MOST_LATE = 6;
/** Whoever is gone is asked for every so many beats. */
const LOOK_EVERY = 3;

export function openStreams({ people, clock, log, read, everyMs = EVERY_MS }: StreamOptions): Streams {
  const listeners = new Set<Listener>();
  let loop: Loop | undefined;
  let beat = 0;
  const letGo = (listener: Listener, why?: string): void => {
    listeners.delete(listener);
    if (why !== undefined) listener.raw.write(`event: end\ndata: ${JSON.stringify({ why })}\n\n`);
    listener.raw.end();
    if (listeners.size > 0) return;
    const ended = loop;
    loop = undefined;
    void ended?.stop();
  };
  const tick = async (): Promise<void> => {
    beat++;
    if (beat % LOOK_EVERY === 0) await lookAtSessions(people(), listeners, letGo);
    if (listeners.size === 0) return;
    const event = `event: now\nid: ${beat}\ndata: ${JSON.stringify(await read())}\n\n`;
    for (const listener of listeners) {
      if (listener.raw.writableNeedDrain) {
        if (++listener.late > MOST_LATE) letGo(listener);
        continue;
      }
      listener.late = 0;
      listener.raw.write(event);
    }
  };
  const begin = (): Loop =>
    clock.every(everyMs, tick, {
      onError: (error) => {
        log.warn({ error: messageOf(error) }, 'the overview could not be read; it is read again');
        for (const { raw } of listeners) raw.write(': busy\n\n'); // the line is not idle
      },
    });
  return {
    open: async (reply, { signed }) => {
      const own = [...listeners].filter(({ person }) => person === signed.actor.id);
      if (listeners.size >= MOST || own.length >= MOST_OF_A_PERSON)
        throw new GatewayError(
          'overview.listeners',
          'Too many pages listen: close one, or read the overview by itself.',
        );
      const first = await read();
      reply.hijack();
      const { raw } = reply;
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) raw.setHeader(name, value);
      raw.setHeader('x-accel-buffering', 'no'); // a proxy that gathers would make it useless
      raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      raw.write(`retry: 5000\n\nevent: now\nid: ${beat}\ndata: ${JSON.stringify(first)}\n\n`);
      const listener: Listener = { raw, person: signed.actor.id, tokenId: signed.tokenId, late: 0 };
      raw.on('close', () => {
        if (listeners.has(listener)) letGo(listener);
      });
      raw.on('error', () => undefined); // its close says it
      listeners.add(listener);
      loop ??= begin();
      return reply;
    },
    close: async () => {
      for (const listener of [...listeners]) letGo(listener);
      await loop?.stop();
    },
  };
}

/** Listening is no use of a session: it ends idle all the same. */
async function lookAtSessions(
  people: People,
  listeners: ReadonlySet<Listener>,
  letGo: (listener: Listener, why: string) => void,
): Promise<void> {
  const there = await stillHas(people.pool, [...listeners].map(({ tokenId }) => tokenId), 'overview:read', people.clock.now()); // prettier-ignore
  for (const listener of [...listeners]) if (!there.has(listener.tokenId)) letGo(listener, 'sign-in.none');
}
