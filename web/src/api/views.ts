import { queryOptions } from '@tanstack/react-query';
import type { Static } from 'typebox';
import type { View as ViewSchema } from '../../../src/console/api/view-schemas.ts';
import { change, read } from './client.ts';

export type View = Static<typeof ViewSchema>;

/** @param page a list, as the API names it: `/bank-answers/leftovers` */
export const viewsQuery = (page: string) =>
  queryOptions({
    queryKey: ['/me/views', page],
    queryFn: async ({ signal }) =>
      (await read<{ items: readonly View[] }>('/me/views', { page: page.slice(1) }, signal)).body.items,
    staleTime: 60_000,
  });

const pathOfView = (page: string, name: string): string =>
  `/me/views/${encodeURIComponent(page.slice(1))}/${encodeURIComponent(name)}`;

/** @param before what stands under that name, as it was read */
export const keepView = (page: string, name: string, filters: View['filters'], before?: View): Promise<View> =>
  change(pathOfView(page, name), { method: 'PUT', body: { filters }, etag: etagOf(before) });

export const removeView = (page: string, view: View): Promise<void> =>
  change(pathOfView(page, view.name), { method: 'DELETE', etag: etagOf(view) });

function etagOf(view: View | undefined): string | undefined {
  return view === undefined ? undefined : `"${view.version}"`;
}
