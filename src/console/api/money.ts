import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Permission } from '../../people/index.ts';
import { GatewayError } from '../../ops/errors.ts';
import type { Api } from './api.ts';
import type { ChangeContext, Changed } from './change.ts';

/** What acts on money have in common: the books write their audit in the same transaction (decision 56), with the request and the reason. */

export interface MoneyAct {
  readonly reason?: string | undefined;
  readonly work: (context: ChangeContext) => Promise<Changed>;
}

/** @throws GatewayError as the act does */
export function actOnMoney(
  api: Api,
  request: FastifyRequest,
  reply: FastifyReply,
  { reason, work }: MoneyAct,
): Promise<FastifyReply> {
  return api.change(request, reply, reason, async (context) => {
    const { db, by } = context;
    const said = {
      name: by.actor.name,
      id: by.actor.id,
      requestId: by.requestId,
      ...(reason === undefined ? {} : { reason }),
    };
    await db.query(`select set_config('kalabarg.by', $1, true)`, [JSON.stringify(said)]);
    return work(context);
  });
}

/** @throws GatewayError `api.stale` */
export function demandVersion(seen: number, version: number): void {
  if (seen !== version)
    throw new GatewayError('api.stale', `Version ${seen} was read, and it is ${version} by now: read it again.`);
}

/** A route's config and schema, as all of these have them. */
export function acting(
  permission: Permission,
  summary: string,
  tags: readonly string[],
  schema: object,
): { config: { permission: Permission }; schema: object } {
  return { config: { permission }, schema: { summary, tags, ...schema } };
}
