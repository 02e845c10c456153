import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { authorityDigest, type AuthorityContent, type BasketLine } from '../../ledger/index.ts';
import { exchange } from '../../ops/call/index.ts';
import type { Clock } from '../../ops/clock.ts';
import { fileFault, GatewayError, messageOf } from '../../ops/errors.ts';
import {
  itemsOf,
  readDayList,
  readInquired,
  readOrdered,
  readStanding,
  type DayList,
  type Inquired,
  type Standing,
} from './protocol.ts';
import { contentOf, type AuthoritySettings } from './settings.ts';

/** What came of an act. `unknown`: it may have been done, or not. */
export type Said<T> = { readonly kind: 'said'; readonly value: T } | { readonly kind: 'unknown'; readonly why: string };

export interface Order {
  /** Ours, from `authority_orders`. */
  readonly id: string;
  readonly terminal: string;
  readonly merchant: string;
  readonly stan: string;
  readonly totalRials: bigint;
  readonly basket: readonly BasketLine[] | undefined;
  /** By its number, or by the authority's own name of it. */
  readonly card: { readonly pan: string } | { readonly token: string };
}

/** A remote authority. Every act resolves, and may be repeated: orders are named by our ids. */
export interface AuthorityClient {
  readonly settings: AuthoritySettings;
  /** What of them two persons decide, and its name. */
  readonly content: AuthorityContent;
  readonly digest: string;
  /** Makes the order known, then asks for the split and reserves it. */
  inquire(order: Order): Promise<Said<Inquired>>;
  confirm(id: string, trace: string, rrn: string, stan: string, voucherRials: bigint): Promise<Said<Standing>>;
  cancel(id: string): Promise<Said<Standing>>;
  reverse(id: string): Promise<Said<Standing>>;
  status(id: string): Promise<Said<Standing>>;
  /** One page of what it confirmed and reversed on a day. */
  list(day: string, page: string | undefined): Promise<Said<DayList>>;
  close(): void;
}

const ANSWER_BYTES = 16_384;
const LIST_BYTES = 4_194_304;
const AT_ONCE = 64;

/** @param about in messages: `central in /data/authorities.yaml`
 *  @throws GatewayError `settings.file` */
export function openAuthority(settings: AuthoritySettings, about: string, clock: Clock): AuthorityClient {
  const agent = agentOf(settings, about);
  const ask = async <T extends { readonly orderId: string }>(
    method: 'GET' | 'POST',
    path: string,
    body: object | undefined,
    id: string,
    read: (json: unknown) => T | undefined,
  ): Promise<Said<T>> => {
    const said = await call(settings, agent, clock, { method, path, body, maxBytes: ANSWER_BYTES }, read);
    if (said.kind === 'said' && said.value.orderId !== id)
      return { kind: 'unknown', why: 'the answer is about another order' };
    return said;
  };
  const act = (id: string, name: string, body: object): Promise<Said<Standing>> =>
    ask('POST', `/orders/${id}/${name}`, { orderId: id, ...body }, id, readStanding);
  const content = contentOf(settings);
  return {
    settings,
    content,
    digest: authorityDigest(content),
    inquire: async (order) => {
      const { id, terminal, merchant, stan, totalRials, basket, card } = order;
      const ordered = await ask(
        'POST',
        '/orders',
        {
          orderId: id,
          programme: settings.programme,
          terminal,
          merchant,
          stan,
          totalRials: String(totalRials),
          ...(basket === undefined ? {} : { items: itemsOf(basket) }),
        },
        id,
        readOrdered,
      );
      if (ordered.kind === 'unknown') return ordered;
      const { orderTrace } = ordered.value;
      const reserve = { orderId: id, orderTrace, card, reserveSeconds: settings.reserveSeconds };
      const inquired = await ask('POST', `/orders/${id}/inquiry`, reserve, id, readInquired);
      if (inquired.kind === 'unknown') return inquired;
      const misfit = misfitOf(inquired.value, orderTrace, totalRials);
      return misfit === undefined ? inquired : { kind: 'unknown', why: misfit };
    },
    confirm: (id, orderTrace, rrn, stan, voucherRials) =>
      act(id, 'confirm', { orderTrace, rrn, stan, subsidizedRials: String(voucherRials) }),
    cancel: (id) => act(id, 'cancel', {}),
    reverse: (id) => act(id, 'reverse', {}),
    status: (id) => ask('GET', `/orders/${id}`, undefined, id, readStanding),
    list: async (day, page) => {
      const path = `/days/${day}` + (page === undefined ? '' : `?page=${encodeURIComponent(page)}`);
      const asked = { method: 'GET', path, body: undefined, maxBytes: LIST_BYTES } as const;
      const said = await call(settings, agent, clock, asked, readDayList);
      if (said.kind === 'said' && said.value.day !== day)
        return { kind: 'unknown', why: `the list is of ${said.value.day}` };
      return said;
    },
    close: () => {
      agent.destroy();
    },
  };
}

/** An answer whose amounts are not those of the question reserves nothing that we would pay by. */
function misfitOf(said: Inquired, trace: string, totalRials: bigint): string | undefined {
  if (said.orderTrace !== trace) return 'the answer has another trace than its order';
  if (said.decision === 'declined') return undefined;
  const [total, voucher, rest] = [said.totalRials, said.subsidizedRials, said.cashRials].map(BigInt) as [
    bigint,
    bigint,
    bigint,
  ];
  if (total !== totalRials) return `it answers for ${total} rials, not ${totalRials}`;
  return voucher + rest === total ? undefined : `${voucher} and ${rest} rials are not ${total}`;
}

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: object | undefined;
  readonly maxBytes: number;
}

async function call<T>(
  { url, timeoutMs, secretFile }: AuthoritySettings,
  agent: http.Agent,
  clock: Clock,
  { method, path, body, maxBytes }: Asked,
  read: (json: unknown) => T | undefined,
): Promise<Said<T>> {
  try {
    const secret = secretFile === undefined ? undefined : (await readFile(secretFile, 'utf8')).trim();
    const headers: Record<string, string> = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
    const text = body === undefined ? undefined : { type: 'application/json', text: JSON.stringify(body) };
    const address = new URL(url.replace(/\/+$/, '') + path);
    const answer = await exchange({ address, method, headers, body: text, timeoutMs, maxBytes }, agent, clock);
    if (answer.kind === 'none') return { kind: 'unknown', why: answer.why };
    if (answer.status !== 200) return { kind: 'unknown', why: `status ${answer.status}` };
    const value = read(answer.json);
    return value === undefined
      ? { kind: 'unknown', why: 'the answer is not of the agreed form' }
      : { kind: 'said', value };
  } catch (error) {
    return { kind: 'unknown', why: messageOf(error).slice(0, 200) };
  }
}

function agentOf({ url, caFile, certFile, keyFile, secretFile }: AuthoritySettings, about: string): http.Agent {
  const keep = { keepAlive: true, maxSockets: AT_ONCE };
  if (secretFile !== undefined) pem(secretFile, about);
  if (!url.startsWith('https:')) return new http.Agent(keep);
  const [ca, cert, key] = [caFile, certFile, keyFile].map((file) => pem(file ?? '', about));
  try {
    return new https.Agent({ ...keep, minVersion: 'TLSv1.2', ca, cert, key });
  } catch (cause) {
    throw new GatewayError('settings.file', `${about}: ${messageOf(cause)}`, { cause });
  }
}

function pem(file: string, about: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new GatewayError('settings.file', `${about}: ${fileFault(file, 'read', cause)}`, { cause });
  }
}
