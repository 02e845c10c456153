import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { AddressInfo } from 'node:net';
import { parseRials } from '../../field/rials.ts';
import type { Clock } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { AuthorityBook, type ListLine, type SimulatedOrder } from './book.ts';
import { RuleList, serveRules } from '../rules.ts';
import { checkedAuthorityRules, type Act, type AuthorityFault, type AuthorityRule } from './rules.ts';

export { AUTHORITY_FAULTS, checkedAuthorityRules, type AuthorityRule } from './rules.ts';

export interface AuthoritySimulatorOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly rules?: readonly AuthorityRule[];
  /** What each card has at first. */
  readonly creditRials?: bigint;
  /** HTTPS that demands a client certificate of `ca`. PEM. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string } | undefined;
  readonly clock: Clock;
}

export interface AuthoritySimulator {
  readonly url: string;
  readonly port: number;
  readonly book: AuthorityBook;
  readonly rules: RuleList<AuthorityRule>;
  close(): Promise<void>;
}

const CREDIT_RIALS = 50_000_000n;
const HUGE_BYTES = 50 * 1_048_576;
const PAGE = 1_000;
const LIE_RIALS = 1_000n;
const KEPT = 10_000;

interface Acted {
  readonly seq: number;
  readonly act: Act;
  readonly orderId: string;
  readonly fault: AuthorityFault | undefined;
  readonly state: string;
}

/** A remote authority that is not there (docs/counterparts.md): orders, inquiries, confirmations, cancellations, reversals and the list of a
 *  day. Its control panel is on the same port: GET, PUT (a list) and DELETE /rules · GET, PUT /cards/<pan> {"creditRials": "1"} · GET /journal.
 *  Bind it to this machine only.
 *  @throws GatewayError `authority.rule` */
export async function startAuthoritySimulator(options: AuthoritySimulatorOptions): Promise<AuthoritySimulator> {
  const { host, port, clock, tls, creditRials = CREDIT_RIALS } = options;
  const rules = new RuleList<AuthorityRule>();
  rules.replace(checkedAuthorityRules(options.rules ?? []));
  const book = new AuthorityBook(creditRials);
  const common = { logger: false, bodyLimit: 1_048_576, forceCloseConnections: true } as const;
  const server = (
    tls === undefined
      ? fastify(common)
      : fastify({
          ...common,
          https: { ...tls, requestCert: tls.ca !== undefined, rejectUnauthorized: tls.ca !== undefined },
        })
  ) as FastifyInstance;
  const journal: Acted[] = [];
  serveRules(server, 'authority', { rules, checked: checkedAuthorityRules, journal });
  cards(server, book);
  acts(server, { rules, book, clock, journal });
  await server.listen({ host, port });
  const taken = (server.server.address() as AddressInfo).port;
  const scheme = tls === undefined ? 'http' : 'https';
  return { url: `${scheme}://${host}:${taken}`, port: taken, book, rules, close: () => server.close() };
}

function cards(server: FastifyInstance, book: AuthorityBook): void {
  const card = (pan: string) => ({ creditRials: String(book.creditOf(pan)) });
  server.get<{ Params: { pan: string } }>('/cards/:pan', ({ params }) => card(params.pan));
  server.put<{ Params: { pan: string }; Body: { creditRials?: unknown } | null }>('/cards/:pan', (request) => {
    const wanted = request.body?.creditRials;
    const rials = typeof wanted === 'string' ? parseRials(wanted) : undefined;
    if (rials === undefined) throw new GatewayError('authority.card', 'creditRials must be a text of digits.');
    book.setCredit(request.params.pan, rials);
    return card(request.params.pan);
  });
}

interface Parts {
  readonly rules: RuleList<AuthorityRule>;
  readonly book: AuthorityBook;
  readonly clock: Clock;
  readonly journal: Acted[];
}

type Body = Readonly<Record<string, unknown>> | null;

function acts(server: FastifyInstance, parts: Parts): void {
  const { book, clock } = parts;
  server.post<{ Body: Body }>('/orders', (request, reply) => {
    const { orderId, totalRials, merchant, terminal } = request.body ?? {};
    const rials = typeof totalRials === 'string' ? parseRials(totalRials) : undefined;
    if (typeof orderId !== 'string' || rials === undefined)
      throw new GatewayError('authority.order', 'An order has an orderId and totalRials.');
    return act('order', orderId, reply, parts, () => {
      const order = book.order({ orderId, totalRials: rials, merchant: String(merchant), terminal: String(terminal) });
      return { orderId, orderTrace: order.orderTrace };
    });
  });
  server.get<{ Params: { id: string } }>('/orders/:id', ({ params }, reply) =>
    act('status', params.id, reply, parts, () => standing(params.id, book, clock.now())),
  );
  server.post<{ Params: { id: string; act: string }; Body: Body }>('/orders/:id/:act', ({ params, body }, reply) => {
    const { id } = params;
    switch (params.act) {
      case 'inquiry':
        return act('inquiry', id, reply, parts, (fault) => inquiry(id, body, fault, parts));
      case 'confirm':
        return act('confirm', id, reply, parts, (fault) =>
          stands(id, parts, (order) => {
            if (fault !== 'decline') book.confirm(order, String(body?.['rrn']), clock.now());
          }),
        );
      case 'cancel':
        return act('cancel', id, reply, parts, () =>
          stands(id, parts, (order) => {
            book.cancel(order, clock.now());
          }),
        );
      case 'reverse':
        return act('reverse', id, reply, parts, (fault) => {
          const said = stands(id, parts, (order) => {
            if (fault !== 'closed') book.reverse(order, clock.now());
          });
          return fault === 'closed' ? { ...said, reason: 'day.closed' } : said;
        });
      default:
        throw new GatewayError('authority.act', `There is no act ${params.act}.`);
    }
  });
  server.get<{ Params: { day: string }; Querystring: { page?: string } }>('/days/:day', ({ params, query }, reply) =>
    act('list', params.day, reply, parts, (fault) => dayList(params.day, Number(query.page ?? 0), fault, book)),
  );
}

function inquiry(id: string, body: Body, fault: AuthorityFault | undefined, { book, clock }: Parts): object {
  const order = book.orders.get(id);
  if (order === undefined) return standing(id, book, clock.now());
  const { orderTrace, totalRials } = order;
  const declined = (reason: string) => ({ orderId: id, orderTrace, decision: 'declined', reason });
  if (fault === 'decline') return declined('credit.none');
  const pan = book.panOf(body?.['card'] ?? {});
  const why = book.reserve(order, pan, Number(body?.['reserveSeconds'] ?? 120), clock.now());
  if (why !== undefined || pan === undefined) return declined(why ?? 'card.unknown');
  const { subsidizedRials, until } = order;
  if (fault === 'lapse') book.lapse(clock.now(), order);
  return {
    orderId: id,
    orderTrace,
    decision: 'reserved',
    totalRials: String(totalRials),
    subsidizedRials: String(subsidizedRials),
    cashRials: String(totalRials - subsidizedRials),
    reservedSeconds: Math.max(1, Math.round((until - clock.now()) / 1_000)),
    balanceRials: String(book.creditOf(pan)),
    cardToken: book.tokenOf(pan),
  };
}

function stands(id: string, { book, clock }: Parts, change: (order: SimulatedOrder) => void): object {
  const order = book.orders.get(id);
  if (order !== undefined) change(order);
  return standing(id, book, clock.now());
}

function standing(id: string, book: AuthorityBook, now: number): object {
  book.lapse(now);
  const order = book.orders.get(id);
  if (order === undefined) return { orderId: id, state: 'unknown' };
  const state = order.state === 'ordered' ? 'reserved' : order.state;
  return { orderId: id, state, subsidizedRials: String(order.subsidizedRials) };
}

function dayList(day: string, page: number, fault: AuthorityFault | undefined, book: AuthorityBook): object {
  let lines = book.list(day);
  const [first] = lines;
  if (fault === 'missing') lines = lines.slice(1);
  if (fault === 'different' && first !== undefined)
    lines[0] = { ...first, subsidizedRials: String(BigInt(first.subsidizedRials) + LIE_RIALS) };
  if (fault === 'extra') lines = [...lines, EXTRA];
  const sum = lines.reduce((all, { subsidizedRials }) => all + BigInt(subsidizedRials), 0n);
  const told = fault === 'short' ? lines.slice(1) : lines;
  const shown = told.slice(page * PAGE, (page + 1) * PAGE);
  const next = told.length > (page + 1) * PAGE ? { next: String(page + 1) } : {};
  return { day, lines: shown, count: lines.length, subsidizedRials: String(sum), ...next };
}

const EXTRA: ListLine = {
  orderId: '999999999999',
  orderTrace: 'T-extra',
  state: 'confirmed',
  subsidizedRials: '777000',
  merchant: '000000000000001',
  terminal: '10000001',
  rrn: '000000000000',
};

async function act(
  name: Act,
  orderId: string,
  reply: FastifyReply,
  { rules, clock, book, journal }: Parts,
  perform: (fault: AuthorityFault | undefined) => object,
): Promise<FastifyReply> {
  const rule = rules.take((each) => each.act === undefined || each.act === name) ?? {};
  const fault = rule.fault as AuthorityFault | undefined;
  const note = (): void => {
    journal.push({ seq: journal.length + 1, act: name, orderId, fault, state: book.orders.get(orderId)?.state ?? '' });
    if (journal.length > KEPT) journal.shift();
  };
  if (rule.latencyMs !== undefined) await clock.sleep(rule.latencyMs);
  if (fault === 'silence' || fault === 'close' || fault === 'error') {
    note();
    return undone(reply, fault);
  }
  if (fault === 'twice') perform(fault);
  const said = perform(fault);
  note();
  switch (fault) {
    case 'unheard':
      return reply.hijack();
    case 'garbage':
      return reply.type('application/json').send('{"orderId": tr');
    case 'huge':
      return reply.type('application/json').send(`{"x":"${'x'.repeat(HUGE_BYTES)}"}`);
    case 'another':
      return reply.send({ ...said, orderId: '1000000000' });
    case 'more':
      return reply.send(lie(said, LIE_RIALS));
    case 'less':
      return reply.send(lie(said, -LIE_RIALS));
    default:
      return reply.send(said);
  }
}

function undone(reply: FastifyReply, fault: 'silence' | 'close' | 'error'): FastifyReply {
  if (fault === 'error') return reply.code(500).send({ error: 'out of order' });
  reply.hijack();
  if (fault === 'close') reply.raw.destroy();
  return reply;
}

function lie(said: object, rials: bigint): object {
  const { subsidizedRials } = said as { subsidizedRials?: string };
  return subsidizedRials === undefined ? said : { ...said, subsidizedRials: String(BigInt(subsidizedRials) + rials) };
}
