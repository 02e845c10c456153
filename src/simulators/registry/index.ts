import fastify, { type FastifyReply } from 'fastify';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../ops/clock.ts';
import { RuleList, serveRules } from '../rules.ts';
import { checkedRules, fits, REGISTRIES, type RegistryRule } from './rules.ts';

export type { RegistryRule } from './rules.ts';
export { checkedRules, REGISTRIES } from './rules.ts';

export interface RegistrySimulatorOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly rules?: readonly RegistryRule[];
  readonly clock: Clock;
}

export interface RegistrySimulator {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

interface Asked {
  readonly seq: number;
  readonly registry: string;
  readonly asked: Readonly<Record<string, unknown>>;
  readonly answered: string;
}

const KEPT = 1_000;
const HUGE_BYTES = 50 * 1_048_576;
const DRIP_MS = 200;

/** The registries that a shop is checked by, which are not there: each at `POST /<registry>`, JSON both ways. What they answer is told by
 *  rules, over HTTP too: GET, PUT (a list) and DELETE /rules · GET /journal · GET / says all that. Bind it to this machine only.
 *  @throws GatewayError `registry.rule` */
export async function startRegistrySimulator(options: RegistrySimulatorOptions): Promise<RegistrySimulator> {
  const { host, port, rules = [], clock } = options;
  const book = new RuleList<RegistryRule>();
  book.replace(checkedRules(rules));
  const server = fastify({ logger: false, bodyLimit: 262_144, forceCloseConnections: true });
  const journal: Asked[] = [];
  let seq = 0;
  serveRules(server, 'registry', { rules: book, checked: checkedRules, journal });
  server.get('/', () => ({ ask: REGISTRIES.map((name) => `POST /${name}`), control: ['GET /rules', 'PUT /rules', 'DELETE /rules', 'GET /journal'] })); // prettier-ignore
  for (const registry of REGISTRIES) {
    server.post<{ Body: Record<string, unknown> | null }>(`/${registry}`, async (request, reply) => {
      const asked = request.body ?? {};
      const rule = book.take((each) => fits(each, asked, registry)) ?? {};
      journal.push({ seq: ++seq, registry, asked, answered: rule.fault ?? rule.says ?? 'yes' });
      if (journal.length > KEPT) journal.shift();
      if (rule.latencyMs !== undefined) await clock.sleep(rule.latencyMs);
      return answer(reply, rule, asked, clock);
    });
  }
  await server.listen({ host, port });
  const taken = (server.server.address() as AddressInfo).port;
  return { url: `http://${host}:${taken}`, port: taken, close: () => server.close() };
}

function answer(
  reply: FastifyReply,
  rule: RegistryRule,
  asked: Readonly<Record<string, unknown>>,
  clock: Clock,
): FastifyReply | Promise<FastifyReply> {
  const { says = 'yes', reason, validUntil } = rule;
  const about = rule.fault === 'another' ? { ...asked, nationalId: '0000000000', sheba: '', licence: '' } : asked;
  const body = {
    asked: about,
    holds: says === 'unknown' ? null : says === 'yes',
    ...(reason === undefined ? {} : { reason }),
    ...(validUntil === undefined ? {} : { validUntil }),
  };
  const raw = reply.raw;
  switch (rule.fault) {
    case 'silence':
      return reply.hijack();
    case 'close':
      reply.hijack();
      raw.destroy();
      return reply;
    case 'drip':
      reply.hijack();
      raw.writeHead(200, { 'content-type': 'application/json' });
      drip(raw, clock);
      return reply;
    case 'garbage':
      return reply.type('application/json').send('{"holds": tr');
    case 'huge':
      return reply.type('application/json').send(`{"holds":true,"x":"${'x'.repeat(HUGE_BYTES)}"}`);
    case 'redirect':
      return reply.redirect('/elsewhere', 302);
    case 'error':
      return reply.code(500).send({ error: 'out of order' });
    default:
      return reply.send(body);
  }
}

function drip(raw: FastifyReply['raw'], clock: Clock): void {
  if (raw.destroyed) return;
  raw.write(' ');
  clock.after(DRIP_MS, () => {
    drip(raw, clock);
  });
}
