import { Socket } from 'node:net';
import pg from 'pg';

/** How long a server may be silent. */
export interface Patience {
  /** A question that has no answer after this is reason to ask the server anew, on a connection of its own. */
  readonly silentMs: number;
  /** A new connection that is not open after this never will be. */
  readonly connectMs: number;
}

/** TCP alone would wait a quarter of an hour for what was sent, and for ever for who only listens. */
export const PATIENCE: Patience = { silentMs: 3_000, connectMs: 5_000 };
/** Who only listens hears of a lost server after this and ten seconds more (Node.js asks ten times, a second apart). */
const KEEP_ALIVE_MS = 5_000;

/** What a connection must have so that it ends when its server is gone without a word. */
export function bounded(patience: Patience): pg.ClientConfig {
  return { connectionTimeoutMillis: patience.connectMs, keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_MS };
}

/** A pool's own bound would be one of waiting for a free connection too: a busy pool is no mute server. */
export function boundedClient(patience: Patience): new () => pg.Client {
  class Bounded extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      super({ ...config, ...bounded(patience) });
    }
  }
  return Bounded;
}

/** Cuts a connection whose server has fallen mute: a question has had no answer for a while, and a new connection gets none either. The
 *  question fails then, as when a connection is lost, and what waits behind it goes on. A server that is merely busy with a long question
 *  answers the new connection, and is left in peace.
 *  @param answersAtAll whether a new connection gets any word */
export function watchFor(
  answersAtAll: () => Promise<boolean>,
  patience: Patience,
): (client: pg.Client | pg.PoolClient) => void {
  let asking: Promise<boolean> | undefined;
  const answers = (): Promise<boolean> => (asking ??= answersAtAll().finally(() => (asking = undefined)));
  return (client) => {
    const { stream } = client.connection;
    if (!(stream instanceof Socket)) return;
    // pg types it nowhere: false while a question is out.
    const waits = (): boolean => (client as { readyForQuery?: boolean }).readyForQuery === false;
    stream.setTimeout(patience.silentMs);
    stream.on('timeout', () => {
      const { bytesRead } = stream;
      if (stream.destroyed || !waits()) return;
      void answers().then((yes) => {
        if (stream.destroyed) return;
        // A word that came meanwhile, and no other question: nobody waits.
        if (yes || stream.bytesRead !== bytesRead || !waits()) stream.setTimeout(patience.silentMs);
        else stream.destroy(new Error(mute(patience)));
      });
    });
  };
}

const mute = ({ silentMs, connectMs }: Patience): string =>
  `the database server is mute: no answer for ${silentMs / 1_000} s, and none to a new connection in ${connectMs / 1_000} s`;
