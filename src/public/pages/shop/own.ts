import type { FastifyReply, FastifyRequest } from 'fastify';
import type { PoolClient } from 'pg';
import { GatewayError } from '../../../ops/errors.ts';
import { sqlIn } from '../../../ops/sql.ts';
import { ownSide, readOwnSide, type Owner } from '../../../owners/index.ts';
import type { Door } from '../../door.ts';
import { cookieOf } from '../../cookies.ts';
import type { Language } from '../../language.ts';
import { readReading } from '../../../settlement/shop/index.ts';
import { tehran } from '../../../ops/clock.ts';
import type { Counted, Unit } from './money.ts';

export const sql = sqlIn(new URL('./sql/', import.meta.url));

/** A shop, as its owner sees it. */
export interface OwnShop {
  readonly merchant: string;
  readonly name: string;
  readonly guild: string;
  readonly sheba: string;
  readonly status: string;
}

/** What every page of a shop stands on: the shop was found by the proved mobile of whoever asks. */
export interface Visit {
  readonly door: Door;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly language: Language;
  readonly unit: Unit;
  readonly owner: Owner;
  readonly shop: OwnShop;
  /** `/shop/000000000000001` */
  readonly base: string;
  /** ms since the epoch */
  readonly now: number;
  /** Of money, it sees this owner's shops alone. Pages of one moment read in one. */
  readonly read: <T>(ask: (db: PoolClient) => Promise<T>) => Promise<T>;
  /** A transaction that sees the same. */
  readonly act: <T>(work: (db: PoolClient) => Promise<T>) => Promise<T>;
}

export const UNIT_COOKIE = 'unit';

/** Runs `page` for a shop of whoever is signed in. A shop of somebody else does not exist: the same answer as for one that is unknown. */
export async function visit(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  page: (visit: Visit) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const owner = await door.demandOwner(request, reply);
  if (owner === undefined) return reply;
  const { merchant } = request.params as { merchant: string };
  const [shop] = /^\d{15}$/.test(merchant) ? await ownShops(door, owner.mobile, merchant) : [];
  if (shop === undefined) throw new GatewayError('public.unknown', 'There is no such shop of this owner.');
  const reading = (await readReading(door.pool()))(tehran(door.clock.now()).isoDate);
  return page({
    door,
    request,
    reply,
    language: door.languageOf(request),
    unit: { counted: countedOf(request), reading },
    owner,
    shop,
    base: `/shop/${merchant}`,
    now: door.clock.now(),
    read: (ask) => readOwnSide(door.pool(), owner, ask),
    act: (work) => ownSide(door.pool(), owner, work),
  });
}

function countedOf(request: FastifyRequest): Counted {
  return cookieOf(request, UNIT_COOKIE) === 'rial' ? 'rial' : 'toman';
}

/** @param merchant this one alone */
export async function ownShops(door: Door, mobile: string, merchant?: string): Promise<OwnShop[]> {
  const { rows } = await door.pool().query<OwnShop>(sql('own'), [mobile, merchant ?? null]);
  return rows;
}
