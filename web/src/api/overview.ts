import { queryOptions, replaceEqualDeep } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Static } from 'typebox';
import type { Inbox as InboxSchema } from '../../../src/console/api/inbox-schemas.ts';
import type { Overview as OverviewSchema, OverviewNow } from '../../../src/console/api/overview-schemas.ts';
import { pathOf, read, shell } from './client.ts';

export type Overview = Static<typeof OverviewSchema>;
export type Now = Static<typeof OverviewNow>;
export type Inbox = Static<typeof InboxSchema>;

export const RANGES = ['15m', '24h', '7d', '30d'] as const;
export type RangeName = (typeof RANGES)[number];

export const overviewQuery = (range: RangeName) =>
  queryOptions({
    queryKey: ['/overview', range],
    queryFn: async ({ signal }) => (await read<Overview>('/overview', { range }, signal)).body,
    refetchInterval: range === '15m' ? 15_000 : 60_000,
  });

export const inboxQuery = queryOptions({
  queryKey: ['/inbox'],
  queryFn: async ({ signal }) => (await read<Inbox>('/inbox', undefined, signal)).body,
  refetchInterval: 60_000,
});

/** How everything stands now, as the gateway tells it every five seconds.
 *  @returns undefined: it has not told yet; `cut`: the line to it is down, and is tried again */
export function useNow(): { readonly now: Now | undefined; readonly cut: boolean } {
  const [now, setNow] = useState<Now>();
  const [cut, setCut] = useState(false);
  useEffect(() => {
    const stream = new EventSource(pathOf('/overview/stream'));
    stream.addEventListener('now', ({ data }: MessageEvent<string>) => {
      // what is as it was stays the same object: panels that show it are not drawn again
      setNow((before) => replaceEqualDeep(before, JSON.parse(data)) as Now);
      setCut(false);
    });
    stream.addEventListener('end', () => {
      stream.close();
      shell.ended();
    });
    stream.addEventListener('error', () => {
      setCut(true);
    });
    return () => {
      stream.close();
    };
  }, []);
  return { now, cut };
}
