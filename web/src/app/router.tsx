import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { Broken } from './broken.tsx';
import { Inside } from './inside.tsx';
import { NotFound } from './not-found.tsx';
import { PAGES } from '../pages/registry.ts';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Broken });

const open = [
  ['/sign-in', () => import('../pages/sign-in/sign-in.tsx')],
  ['/setup', () => import('../pages/sign-in/setup.tsx')],
  ['/demo', () => import('../pages/sign-in/demo.tsx')],
] as const;

const routeTree = root.addChildren([
  ...open.map(([path, load]) =>
    createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load, 'Page') }),
  ),
  ...PAGES.map((entry) => {
    const Page = lazyRouteComponent(entry.load, 'Page') as ComponentType;
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
  defaultPreload: 'intent',
  scrollRestoration: true,
});
