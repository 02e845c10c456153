import { createHmac } from 'node:crypto';
import type { CardRef, Decision, RequestHeader } from '../ledger/index.ts';
import type { TerminalRecord } from '../merchants/index.ts';
import type { Peer } from '../net/index.ts';
import { tehran } from '../ops/clock.ts';
import { maskPan } from '../field/pan.ts';
import type { Answerable, Common, Financial, NotContent } from '../profiles/index.ts';
import type { Refuse } from './answer.ts';
import type { MessageKeys } from './mac.ts';
import type { BankRequest, Ports } from './ports.ts';

/** A request at work: who sent it, under which keys, when. */
export interface Context {
  readonly ports: Ports;
  readonly terminal: TerminalRecord;
  /** Who is at the other end: the same object for as long as the connection. */
  readonly peer: Peer;
  /** The pair the request was MACed under; undefined for network messages before keys exist. */
  readonly keys: MessageKeys | undefined;
  /** Whether the request had a MAC: network messages may come without. */
  readonly maced: boolean;
  readonly receivedAt: number;
  /** Names the request's content (wire.md 9.1). */
  readonly contentHash: Buffer;
  /** Its local time is so far off that it is answered only as the repeat of a request that is known. */
  readonly stale: boolean;
  readonly refuse: Refuse;
}

/** Tags that are named also where they are absent: without others the hash is the one that older versions stored. */
const NAMED_TAGS = ['01', '02', '10', '14', '15'];

/** A keyed hash over everything that makes two requests the same. Keyed, because the PAN is part of it: a plain hash in
 *  the database would let the PAN be guessed.
 *  @param notContent elements and tags that may differ (`Profile`)
 *  @param key 32 bytes, the same in every copy of the gateway */
export function contentHash(request: Answerable, notContent: NotContent, key: Buffer): Buffer {
  // A terminal that did not hear its 0400 may go on with an 0420: the same reversal (ISO 8583:1987 4.4.12).
  let content = request.mti.startsWith('04') ? '04' : request.mti.slice(0, 3);
  for (const de of request.fields()) {
    if (notContent.elements.has(de)) continue;
    const value = de === 48 ? privateContent(request, notContent) : request.get(de);
    content += `|${de}=${value ?? ''}`;
  }
  return createHmac('sha256', key).update(content).digest();
}

/** All tags of DE 48 but those of the PIN, in the order of their names; the whole element where its dialect knows no tags. */
function privateContent(request: Answerable, notContent: NotContent): string | undefined {
  const entries = request.entries(48);
  if (entries.length === 0) return request.get(48);
  const content: string[] = [];
  for (const { key, value } of entries) if (!notContent.tags.has(key)) content.push(`${key}:${value}`);
  for (const tag of NAMED_TAGS) if (!entries.some(({ key }) => key === tag)) content.push(`${tag}:`);
  return content.sort().join(';');
}

/** A reference for a request that the ledger never saw: `YDDD` then 9 (no hour begins so: the ledger's own have 00-89)
 *  and seven digits of its content, so that a repeat is answered with the same bytes (wire.md 3, DE 37). */
export function refusalRrn(hash: Buffer, now: number): string {
  const date = tehran(now).isoDate;
  const day = Math.floor((Date.parse(date) - Date.parse(`${date.slice(0, 4)}-01-01`)) / 86_400_000) + 1;
  const digits = String(hash.readUIntBE(0, 6) % 10_000_000).padStart(7, '0');
  return `${date[3] ?? '0'}${String(day).padStart(3, '0')}9${digits}`;
}

/** DE 42 is not the merchant of the terminal: RC 03, and nothing moves (wire.md 9.8). The ledger asks this of what takes or
 *  returns money; of the rest, which it takes from anybody, a handler does. */
export function isOfAnotherMerchant({ merchant }: Pick<Common, 'merchant'>, { terminal }: Context): boolean {
  return merchant !== undefined && merchant !== terminal.merchant;
}

/** The part every ledger request shares. */
export function ledgerHeader(tx: Financial, context: Context): RequestHeader {
  return {
    key: transactionKey(tx),
    merchant: tx.merchant,
    contentHash: context.contentHash,
    card: cardRef(tx.card.pan, context.ports),
    at: context.receivedAt,
    transmission: tx.transmission,
    stale: context.stale,
    unit: tx.unit,
  };
}

export function transactionKey(tx: Common): RequestHeader['key'] {
  return { terminal: tx.terminal, stan: tx.stan, localTime: tx.localTime, localDate: tx.localDate };
}

function cardRef(pan: string, ports: Ports): CardRef {
  return { hash: ports.hashPan(pan), masked: maskPan(pan) };
}

/** What the bank is told of a request, whatever the leg is for. */
export function bankRequest(
  tx: Financial,
  context: Context,
  { leg, outcome }: Extract<Decision, { kind: 'held' }>,
): BankRequest {
  return {
    leg,
    rrn: outcome.rrn,
    terminal: tx.terminal,
    merchant: tx.merchant,
    localTime: tx.localTime,
    localDate: tx.localDate,
    posEntryMode: tx.posEntryMode,
    card: tx.card,
    emv: tx.emv,
    unit: tx.unit,
    pin: tx.pin === undefined || context.keys === undefined ? undefined : { key: context.keys.tpk, ...tx.pin },
    deadlineAt: context.receivedAt + context.ports.bankTimeoutMs,
  };
}
