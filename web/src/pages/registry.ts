import type { ComponentType } from 'react';
import type { Permission } from '../api/session.ts';
import type { KeyOfCommon } from '../words/common.ts';

/** Every page of the console, in the order of the navigation. A page is loaded when somebody goes there. */

export type Section = 'now' | 'money' | 'scheme' | 'shops' | 'devices' | 'system';

export interface PageEntry {
  /** Below /console; `$name` is a part that the page reads with useParam. */
  readonly path: string;
  readonly load: () => Promise<{ readonly Page: ComponentType }>;
  /** Any one of them opens it; undefined: whoever is signed in. */
  readonly permissions?: readonly Permission[];
  /** Where it stands in the navigation; undefined: it is reached from another page. */
  readonly nav?: { readonly section: Section; readonly name: KeyOfCommon; readonly key?: string };
  /** Without the shell around it, and without an end for whoever only watches: the wall-board. */
  readonly bare?: boolean;
}

export const PAGES: readonly PageEntry[] = [
  { path: '/', load: () => import('./home/page.tsx') },
  {
    path: '/terminals',
    load: () => import('./terminals/list.tsx'),
    permissions: ['terminals:read'],
    nav: { section: 'devices', name: 'nav.terminals', key: 't' },
  },
  { path: '/terminals/$terminal', load: () => import('./terminals/terminal.tsx'), permissions: ['terminals:read'] },
  {
    path: '/people',
    load: () => import('./people/list.tsx'),
    permissions: ['people:read'],
    nav: { section: 'system', name: 'nav.people', key: 'p' },
  },
];
