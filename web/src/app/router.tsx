import { createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router';
import { lazy, Suspense, type ReactNode } from 'react';
import { Broken } from './broken.tsx';
import { Inside } from './inside.tsx';
import { NotFound } from './not-found.tsx';
import { PAGES, type PageEntry } from '../pages/registry.ts';
import { Loading } from './loading.tsx';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Broken });

const open: readonly (readonly [string, PageEntry['load']])[] = [
  ['/sign-in', () => import('../pages/sign-in/sign-in.tsx')],
  ['/setup', () => import('../pages/sign-in/setup.tsx')],
  ['/demo', () => import('../pages/sign-in/demo.tsx')],
];

const routeTree = root.addChildren([
  ...open.map(([path, load]) => createRoute({ getParentRoute: () => root, path, component: loadedBy(load) })),
  ...PAGES.map((entry) => {
    const Page = loadedBy(entry.load);
    return createRoute({
      getParentRoute: () => root,
      path: entry.path,
      component: () => (
        <Inside entry={entry}>
          <Page />
        </Inside>
      ),
    });
  }),
]);

/** A page with its code, which comes when somebody goes there. */
function loadedBy(load: PageEntry['load']): () => ReactNode {
  const Page = lazy(async () => ({ default: (await load()).Page }));
  return () => (
    <Suspense fallback={<Loading />}>
      <Page />
    </Suspense>
  );
}

/** The search part of an address is plain text by name, so that people can read and write it. */
export const router = createRouter({
  routeTree,
  basepath: '/console',
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const wanted = Object.entries(search as Record<string, string | number | undefined>).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, String(value)]],
    );
    return wanted.length === 0 ? '' : `?${new URLSearchParams(wanted).toString()}`;
  },
  scrollRestoration: true,
});
