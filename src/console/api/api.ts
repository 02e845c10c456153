import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Random } from '../../ops/random.ts';
import type { OwnerKeys } from '../../owners/index.ts';
import type { By, People, Permission } from '../../people/index.ts';
import type { Caller } from './access.ts';
import type { ChangeContext, Changed } from './change.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For whoever is not signed in. */
    open?: boolean;
    /** What it wants of who is. */
    permission?: Permission;
  }
}

/** What the routes stand on. */
export interface Api {
  /** @throws GatewayError `api.busy` */
  people(): People;
  /** @throws GatewayError `api.busy` */
  ownerKeys(): OwnerKeys;
  readonly random: Random;
  /** The keyed hash under which a card is kept.
   *  @throws GatewayError `api.busy` */
  hashPan(pan: string): Buffer;
  /** @throws GatewayError `sign-in.refused`, `sign-in.locked`: this is no demo, or not its link */
  demandDemo(request: FastifyRequest, code: string): void;
  /** Who acts, for the audit. */
  byOf(request: FastifyRequest, reason?: string): By;
  /** Who is signed in: on every route that is not open. */
  callerOf(request: FastifyRequest): Caller;
  /** One transaction with its audit and its idempotency key (change.ts).
   *  @param reason as the person gave it */
  change(
    request: FastifyRequest,
    reply: FastifyReply,
    reason: string | undefined,
    work: (context: ChangeContext) => Promise<Changed>,
  ): Promise<FastifyReply>;
}
