import type { Db } from '../clearing/state.ts';
import { sql } from './days.ts';

export const FILE_STATES = ['made', 'written', 'released', 'leaving', 'delivered', 'withdrawn'] as const;
export type FileState = (typeof FILE_STATES)[number];

/** A payment file and how far it is. `leaving` and not delivered: nobody knows yet whether the bank has it. */
export interface FileOnBoard {
  readonly id: string;
  readonly day: string;
  readonly rail: 'PAYA' | 'SATNA';
  readonly orders: number;
  readonly rials: string;
  readonly createdOn: string;
  readonly payOn: string;
  readonly cycle: string;
  readonly sha256: string | null;
  readonly bytes: string | null;
  readonly writtenAt: Date | null;
  readonly leavingAt: Date | null;
  readonly deliveredAt: Date | null;
  readonly withdrawnAt: Date | null;
  readonly againBy: string | null;
  readonly againReason: string | null;
  readonly receipt: Readonly<Record<string, unknown>> | null;
  readonly maker: string;
  readonly checker: string | null;
  readonly releasedAt: Date | null;
  /** Of its clearing. */
  readonly version: number;
  readonly error: string | null;
  readonly state: FileState;
}

export interface FileFilter {
  readonly after?: { readonly day: string; readonly id: string } | undefined;
  readonly day?: string | undefined;
  readonly state?: string | undefined;
  readonly id?: string | undefined;
  readonly limit: number;
}

/** @returns the newest first */
export async function boardFiles(db: Db, { after, day, state, id, limit }: FileFilter): Promise<FileOnBoard[]> {
  const { rows } = await db.query<FileOnBoard>(sql('files'), [after?.day ?? null, after?.id ?? null, limit, day ?? null, state ?? null, id ?? null]); // prettier-ignore
  return rows;
}

/** A line of a payment file: an order. */
export interface FileLine {
  readonly position: number;
  readonly id: string;
  readonly merchant: string;
  readonly name: string;
  readonly sheba: string;
  readonly rials: string;
  readonly state: 'made' | 'sent' | 'accepted' | 'paid' | 'returned' | 'held';
  readonly reason: string | null;
  readonly changedAt: Date;
}

/** @param after the position of the last line of the page before; 0: from the first on */
export async function fileLines(
  db: Db,
  file: string,
  { after, limit, state }: { readonly after: number; readonly limit: number; readonly state?: string | undefined },
): Promise<FileLine[]> {
  return (await db.query<FileLine>(sql('lines'), [file, after, limit, state ?? null])).rows;
}

/** A file in which a bank answered. */
export interface AnswerFile {
  readonly id: string;
  readonly kind: 'pain.002' | 'csv' | 'camt.053';
  readonly identity: string;
  readonly name: string;
  readonly lines: number;
  readonly takenAt: Date;
  /** Microseconds since the epoch. */
  readonly place: string;
  readonly leftovers: number;
  readonly openLeftovers: number;
}

/** @returns the newest first */
export async function answerFiles(
  db: Db,
  {
    after,
    limit,
  }: { readonly after?: { readonly at: string; readonly id: string } | undefined; readonly limit: number },
): Promise<AnswerFile[]> {
  return (await db.query<AnswerFile>(sql('answers'), [after?.at ?? null, after?.id ?? null, limit])).rows;
}
