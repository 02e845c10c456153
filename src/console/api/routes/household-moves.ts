import type { FastifyInstance } from 'fastify';
import type { PoolClient } from 'pg';
import {
  cardsThatLook,
  decideMove,
  listMoves,
  moveOf,
  proposeMove,
  type HouseholdMove,
} from '../../../ledger/index.ts';
import type { Api } from '../api.ts';
import { cursorAfter, idAfter, type Changed } from '../change.ts';
import { MoveBody, MovePage, MoveQuery, MoveSeen } from '../household-schemas.ts';
import { IdParams, ReasonBody } from '../schemas.ts';

const tags = ['households'];
const reading = { permission: 'money:read' as const };

/** Households that merge, split, or let a card go: one person proposes, another approves (docs/ledger.md). */
export function householdMoveRoutes(server: FastifyInstance, api: Api): void {
  server.get<{ Querystring: MoveQuery }>(
    '/household-moves',
    { config: reading, schema: { summary: 'Households that merge, split, or let a card go, the newest first', tags, querystring: MoveQuery, response: { 200: MovePage } } }, // prettier-ignore
    async ({ query: { household, state, limit, cursor } }) => {
      const wanted = { household, state: state as HouseholdMove['state'] | undefined, before: idAfter(cursor), limit: limit + 1 };
      const found = await listMoves(api.people().pool, wanted);
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '') : null };
    },
  ); // prettier-ignore
  server.get<{ Params: IdParams }>(
    '/household-moves/:id',
    { config: reading, schema: { summary: 'One of them', tags, params: IdParams, response: { 200: MoveSeen } } },
    ({ params: { id } }) => moveOf(api.people().pool, id),
  );
  server.post<{ Body: MoveBody }>(
    '/household-moves',
    { config: { permission: 'money:make' }, schema: { summary: 'Propose one; nothing moves until another person approves it', tags, body: MoveBody, response: { 201: MoveSeen } } }, // prettier-ignore
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by }): Promise<Changed> => {
        const { kind, from, to, cards, persons, cause, reason } = request.body;
        const hashes = await cardsThatLook(db, from, cards);
        const wanted = { kind: kind as HouseholdMove['kind'], from, to, cards: hashes, persons, cause, reason };
        return { status: 201, body: await proposeMove(db, { ...wanted, by: by.actor.name }) };
      }),
  );
  const deciding = (
    path: string,
    permission: 'money:approve' | 'money:stop',
    summary: string,
    work: (db: PoolClient, id: string, by: string) => Promise<HouseholdMove>,
  ) =>
    server.post<{ Params: IdParams; Body: ReasonBody }>(
      `/household-moves/:id/${path}`,
      { config: { permission }, schema: { summary, tags, params: IdParams, body: ReasonBody, response: { 200: MoveSeen } } }, // prettier-ignore
      (request, reply) =>
        api.change(request, reply, request.body.reason, async ({ db, by }): Promise<Changed> => ({
          status: 200,
          body: await work(db, request.params.id, by.actor.name),
        })),
    );
  deciding('approval', 'money:approve', 'Approve it, as a second person: cards, members and credit move now', (db, id, by) => decideMove(db, id, 'approved', by)); // prettier-ignore
  deciding('rejection', 'money:stop', 'Reject it, or take one’s own proposal back', (db, id, by) => decideMove(db, id, 'rejected', by)); // prettier-ignore
}
