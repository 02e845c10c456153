import fastify, { type FastifyInstance } from 'fastify';
import { GatewayError } from '../../ops/errors.ts';
import { checkedFault } from './faults.ts';
import type { BankSimulator } from './index.ts';
import { settlementFile, settlementFormat } from './settlement/index.ts';
import { parseRials } from '../../field/rials.ts';

const MOST_RULES = 1_000;
const PAGE = 1_000;

/** The simulator's control panel: plain JSON, for tests and for people with curl. Bind it to this machine only.
 *  GET /faults · PUT /faults (a list of rules) · DELETE /faults · GET /accounts/7 · PUT /accounts/7 {"balanceRials":"1"} ·
 *  GET /journal?from=seq · POST /drop (ends every connection) ·
 *  GET /settlement/2026-11-23?format=kbsf&psp=SIM&cycle=01&sequence=001 (the acquirer's file of that day) */
export function createControl(bank: BankSimulator): FastifyInstance {
  const server = fastify({ logger: false, bodyLimit: 262_144, forceCloseConnections: true });
  server.setErrorHandler((error: unknown, _request, reply) => {
    const ours = error instanceof GatewayError;
    const status = ours ? 400 : ((error as { statusCode?: number }).statusCode ?? 500);
    void reply.code(status).send({ code: ours ? error.code : 'bank.http', message: (error as Error).message });
  });
  server.get('/faults', () => bank.faults.rules);
  server.put('/faults', (request) => {
    if (!Array.isArray(request.body) || request.body.length > MOST_RULES) {
      throw new GatewayError('bank.fault', `PUT /faults needs a list of at most ${MOST_RULES} rules`);
    }
    bank.faults.replace(request.body.map(checkedFault));
    return bank.faults.rules;
  });
  server.delete('/faults', () => {
    bank.faults.replace([]);
    return [];
  });
  server.get<{ Params: { household: string } }>('/accounts/:household', (request) =>
    accountView(bank, request.params.household),
  );
  server.put<{ Params: { household: string }; Body: { balanceRials?: unknown } | null }>(
    '/accounts/:household',
    async (request) => {
      const wanted = request.body?.balanceRials;
      const rials = typeof wanted === 'string' ? parseRials(wanted) : undefined;
      if (rials === undefined) {
        throw new GatewayError('bank.account', 'balanceRials must be a text of at most 15 digits.');
      }
      await bank.setBalance(Number(request.params.household), rials);
      return accountView(bank, request.params.household);
    },
  );
  server.get<{ Querystring: { from?: string } }>('/journal', (request) => {
    const from = Number(request.query.from ?? 1);
    if (!Number.isInteger(from) || from < 1)
      throw new GatewayError('bank.journal', 'from must be a whole number from 1');
    return bank.journal.slice(from - 1, from - 1 + PAGE);
  });
  server.get<{ Params: { day: string }; Querystring: Record<string, string | undefined> }>(
    '/settlement/:day',
    (request, reply) => {
      const { format = 'kbsf', psp = 'SIM', cycle = '01', sequence = '001' } = request.query;
      const identity = { day: request.params.day, psp, cycle, sequence, createdAt: bank.clock.now() };
      const file = settlementFile(bank.journal, { ...identity, format: settlementFormat(format) });
      void reply.header('content-disposition', `attachment; filename="${file.name}"`);
      return reply.type('application/octet-stream').send(file.body);
    },
  );
  server.post('/drop', () => {
    bank.dropConnections();
    return {};
  });
  return server;
}

function accountView(bank: BankSimulator, household: string): Record<string, unknown> {
  const account = bank.account(Number(household));
  if (account === undefined) throw new GatewayError('bank.account', `there is no household ${household}`);
  const { balanceRials, spentTodayRials, pinTries, expiry, always, mute } = account;
  return {
    household: account.household,
    balanceRials: String(balanceRials),
    spentTodayRials: String(spentTodayRials),
    pinTries,
    expiry,
    always,
    mute,
  };
}
