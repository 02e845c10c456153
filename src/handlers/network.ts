import { keySchemeOf } from '../field/key-scheme.ts';
import type { SessionKeys } from '../merchants/index.ts';
import type { Answer, Transaction } from '../profiles/index.ts';
import { because, refuse } from './answer.ts';
import { isOfAnotherMerchant, type Context } from './context.ts';

/** How long the pair before is honoured for what is in flight (wire.md 8). */
const PREVIOUS_KEYS_MS = 60_000;

/** An answer whose MAC is made under other keys than the request's. */
export interface NetworkAnswer extends Answer {
  readonly keys?: SessionKeys;
}

/** Sign-on, sign-off, echo, and new session keys (0800; wire.md 3, DE 70). */
export async function network(tx: Extract<Transaction, { kind: 'network' }>, context: Context): Promise<NetworkAnswer> {
  if (isOfAnotherMerchant(tx, context)) return refuse('03');
  switch (tx.code) {
    case '001':
    case '002':
    case '301':
      return { rc: '00' };
    case '101':
      return newSessionKeys(context);
    default:
      return refuse('12', undefined, '70');
  }
}

/** A fresh TPK and TAK under the terminal's TMK: tags 30 and 31. The answer is MACed under the new TAK. */
async function newSessionKeys(context: Context): Promise<NetworkAnswer> {
  const { hsm, directory, clock } = context.ports;
  const tmk = context.terminal.tmk;
  if (tmk === undefined)
    return because(refuse('58'), 'no master key was injected for this terminal: kalabarg keys form');
  const algorithm = tmk.algorithm;
  const scheme = keySchemeOf(context.terminal.keyScheme);
  if (scheme?.keys === 'dukpt') return because(refuse('58'), 'the terminal works by DUKPT: it has no session keys');
  if (scheme !== undefined && scheme.algorithm !== algorithm)
    return because(refuse('58'), `the terminal's key scheme is of ${scheme.algorithm}, its master key of ${algorithm}`);
  const tpk = await hsm.generateKey({ usage: 'P0', algorithm, bits: 128 });
  const tak = await hsm.generateKey({ usage: algorithm === 'AES' ? 'M6' : 'M3', algorithm, bits: 128 });
  const keyBlocks = { tpk: await hsm.exportKeyBlock(tpk, tmk), tak: await hsm.exportKeyBlock(tak, tmk) };
  await directory.replaceKeys(context.terminal.terminal, { tpk, tak }, clock.now() + PREVIOUS_KEYS_MS);
  return { rc: '00', keyBlocks, keys: { tpk, tak } };
}
