import type { Message } from '../../codec/index.ts';
import { answerMti } from '../../field/mti.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import type { Connection } from './connection.ts';
import { checkMac } from './seal.ts';
import type { SessionKeys } from './session-keys.ts';
import type { Shared } from './shared.ts';
import type { Exchange } from './types.ts';

/** DE 70. */
const SIGN_ON = '001';
const SIGN_OFF = '002';
const NEW_KEYS = '101';
const ECHO = '301';
/** An endpoint whose breaker is open is echoed this often. */
const PROBE_MS = 1_000;

/** Signs on (0800/001), takes a ZPK and a ZAK (0800/101): after this the connection carries requests (wire.md 10).
 *  @throws GatewayError `link.sign-on`, naming what was refused */
export async function signOn(connection: Connection, shared: Shared): Promise<void> {
  connection.onRequest = (message) => {
    void answerBank(message, connection, shared).catch((error: unknown) => {
      connection.destroy(`a request of the bank cannot be answered: ${messageOf(error)}`);
    });
  };
  approved(await connection.network(SIGN_ON), 'sign-on');
  await connection.keys.renew(() => exchangeKeys(connection, shared));
  connection.signedOn = true;
}

/** 0800/101: the bank makes the keys, and MACs its answer under the new ZAK. Keys belong to the connection: copies of
 *  the gateway and connections of one copy never take each other's away. */
async function exchangeKeys(connection: Connection, { hsm, zmk }: Shared): Promise<SessionKeys> {
  const { message, body } = approved(await connection.network(NEW_KEYS, {}, false), 'key exchange');
  const [zpkBlock, zakBlock] = [message.get('48.30'), message.get('48.31')];
  if (zpkBlock === undefined || zakBlock === undefined) throw refused('key exchange', 'no key blocks in DE 48');
  const zpk = await hsm.importKeyBlock(zpkBlock, zmk);
  const zak = await hsm.importKeyBlock(zakBlock, zmk);
  if (zpk.usage !== 'P0' || !zak.usage.startsWith('M')) {
    throw refused('key exchange', `key usages ${zpk.usage} and ${zak.usage}`);
  }
  if ((await checkMac(hsm, [zak], message, body)) !== 'good') throw refused('key exchange', 'MAC under the new ZAK');
  return { zpk, zak };
}

/** Echoes a connection that is silent, renews its keys when they are old, and ends it when it is dead.
 *  @param probing whether to echo even though messages come (its breaker is open)
 *  @returns stops it */
export function keepAlive(
  connection: Connection,
  shared: Shared,
  probing: () => boolean,
  onEcho: () => void,
): () => void {
  const { clock, echoMs, rekeyMs } = shared;
  const everyMs = Math.min(echoMs, PROBE_MS);
  let keysAt = clock.now();
  const check = async (): Promise<void> => {
    if (!connection.signedOn) return;
    if (clock.now() - keysAt >= rekeyMs) {
      keysAt = clock.now();
      await connection.keys.renew(() => exchangeKeys(connection, shared));
    }
    if (clock.now() - connection.lastHeardAt < echoMs && !probing()) return;
    approved(await connection.network(ECHO), 'echo');
    onEcho();
  };
  const loop = clock.every(everyMs, check, {
    onError: (error) => {
      connection.destroy(messageOf(error));
    },
  });
  return () => {
    void loop.stop();
  };
}

/** Tells the bank that we go (0800/002), then closes. The bank's silence does not keep us. */
export async function signOff(connection: Connection): Promise<void> {
  connection.signedOn = false;
  await connection.network(SIGN_OFF);
  connection.end();
}

/** What the bank asks of us: network messages are answered, anything else is not for us (RC 12). */
async function answerBank(message: Message, connection: Connection, shared: Shared): Promise<void> {
  const code = message.get(70);
  const known =
    message.mti.startsWith('08') && code !== undefined && [SIGN_ON, SIGN_OFF, NEW_KEYS, ECHO].includes(code);
  const echoed = Object.fromEntries([3, 7, 11, 12, 13, 41, 42, 70].map((de) => [String(de), message.get(de)]));
  connection.write(await connection.seal(answerMti(message.mti), { ...echoed, 39: known ? '00' : '12' }));
  if (!known)
    shared.log.warn({ endpoint: connection.endpoint, mti: message.mti, code }, 'the bank asked what we do not do');
  if (known && code === SIGN_OFF) {
    connection.signedOn = false;
    shared.clock
      .after(shared.timeoutMs, () => {
        connection.destroy('the bank signed off');
      })
      .unref();
  }
  if (known && code === NEW_KEYS && connection.signedOn) {
    await connection.keys.renew(() => exchangeKeys(connection, shared));
  }
}

function approved(exchange: Exchange, what: string): Extract<Exchange, { kind: 'answer' }> {
  if (exchange.kind === 'timeout') throw refused(what, 'no answer');
  if (exchange.kind !== 'answer') throw refused(what, exchange.why);
  const rc = exchange.message.get(39);
  if (rc !== '00') throw refused(what, `RC ${rc ?? 'missing'}`);
  return exchange;
}

function refused(what: string, why: string): GatewayError {
  return new GatewayError('link.sign-on', `the bank link's ${what} failed: ${why}`);
}
