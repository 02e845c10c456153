import { keySchemeOf } from '../field/key-scheme.ts';
import type { SessionKeys } from '../merchants/index.ts';
import type { Answer, Transaction } from '../profiles/index.ts';
import { because, refuse } from './answer.ts';
import { isOfAnotherMerchant, type Context } from './context.ts';
import { GatewayError } from '../ops/errors.ts';
import { outdatedNotice } from './outdated.ts';
import type { UpdatesPort } from './ports.ts';
import { renewal } from './renewal.ts';

/** How long the pair before is honoured for what is in flight (wire.md 8). */
const PREVIOUS_KEYS_MS = 60_000;

/** An answer whose MAC is made under other keys than the request's. */
export interface NetworkAnswer extends Answer {
  readonly keys?: SessionKeys;
}

/** Sign-on, sign-off, echo, new session keys and the next certificate (0800; wire.md 3, DE 70). */
export async function network(tx: Extract<Transaction, { kind: 'network' }>, context: Context): Promise<NetworkAnswer> {
  if (isOfAnotherMerchant(tx, context)) return refuse('03');
  switch (tx.code) {
    case '001':
      return { rc: '00', text: outdatedNotice(context) };
    case '002':
    case '301':
      return { rc: '00' };
    case '101':
      return newSessionKeys(context);
    case '901':
      return pieceOfUpdate(tx, context);
    case '902':
      return versionReport(tx, context);
    case '903':
      return renewal(tx, context);
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

type Network = Extract<Transaction, { kind: 'network' }>;

/** A piece of a file of updates (tag 35 → 36): public to terminals, and signed by itself. */
async function pieceOfUpdate({ wanted }: Network, { ports, terminal }: Context): Promise<NetworkAnswer> {
  if (ports.updates === undefined) return refuse('12', undefined, '70');
  if (wanted === undefined) return refuse('30', undefined, '48.35');
  return orRefused('48.35', async (updates) => {
    const chunk = await updates.chunk(terminal.terminal, wanted);
    return chunk === undefined
      ? because(refuse('25', undefined, '48.35'), 'no such file of updates')
      : { rc: '00', chunk };
  })(ports.updates);
}

/** A version report (tag 37): its MAC speaks for the terminal. */
async function versionReport({ report }: Network, { ports, terminal }: Context): Promise<NetworkAnswer> {
  if (ports.updates === undefined) return refuse('12', undefined, '70');
  if (report === undefined) return refuse('30', undefined, '48.37');
  return orRefused('48.37', async (updates) => {
    await updates.wireReport(terminal.terminal, report);
    return { rc: '00' };
  })(ports.updates);
}

/** What is wrong with what the terminal sent is RC 30 with the tag; every other fault is a fault. */
function orRefused(
  fault: string,
  work: (updates: UpdatesPort) => Promise<NetworkAnswer>,
): (updates: UpdatesPort) => Promise<NetworkAnswer> {
  return async (updates) => {
    try {
      return await work(updates);
    } catch (error) {
      if (error instanceof GatewayError) return because(refuse('30', undefined, fault), error.message);
      throw error;
    }
  };
}
