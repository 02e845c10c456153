import { queryOptions } from '@tanstack/react-query';
import type { Static } from 'typebox';
import type { SearchResult, TimelineBody } from '../../../src/console/api/transaction-schemas.ts';
import { change, read } from './client.ts';

export type Timeline = Static<typeof TimelineBody>;
export type Step = Timeline['steps'][number];
export type Answer = Timeline['answer']['paid'];
export type WaitingOn = NonNullable<Timeline['waiting']>;
export type Found = Static<typeof SearchResult>;
export type Hit = Found['hits'][number];

/** Bytes of a message with its elements, as the API shows a frame that was recorded. */
export interface Frame {
  readonly from: string;
  /** ISO 8601, UTC */
  readonly at: string;
  readonly dialect: string;
  readonly mti: string | null;
  /** Two digits a byte; `**` for a byte that is not shown. */
  readonly hex: string;
  readonly fields: readonly FrameField[];
}

export interface FrameField {
  readonly de: number;
  readonly name: string;
  readonly value: string;
  /** Bytes into `hex`. */
  readonly at: number;
  readonly length: number;
  readonly secret: boolean;
}

export function isFrame(value: unknown): value is Frame {
  return typeof value === 'object' && value !== null && 'hex' in value && 'fields' in value;
}

export const timelineQuery = (id: string) =>
  queryOptions({
    queryKey: ['/transactions', id, 'timeline'],
    queryFn: async ({ signal }) =>
      (await read<Timeline>(`/transactions/${encodeURIComponent(id)}/timeline`, undefined, signal)).body,
    refetchInterval: ({ state }) => (state.data?.waiting == null ? false : 5_000),
  });

/** In a body, whatever it is: a whole card number belongs in no address, and in no cache under its name. */
export const searchFor = (q: string): Promise<Found> => change('/search', { body: { q } });
