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
  { path: '/', load: () => import('./inbox/page.tsx'), nav: { section: 'now', name: 'nav.inbox', key: 'i' } },
  {
    path: '/overview',
    load: () => import('./overview/page.tsx'),
    permissions: ['overview:read'],
    nav: { section: 'now', name: 'nav.overview', key: 'o' },
  },
  {
    path: '/decode',
    load: () => import('./decode/page.tsx'),
    nav: { section: 'system', name: 'nav.decode', key: 'e' },
  },
  { path: '/wall', load: () => import('./overview/wall.tsx'), permissions: ['overview:read'], bare: true },
  {
    path: '/transactions',
    load: () => import('./transactions/list.tsx'),
    permissions: ['money:read'],
    nav: { section: 'money', name: 'nav.transactions', key: 'x' },
  },
  {
    path: '/days',
    load: () => import('./settlement/days.tsx'),
    permissions: ['money:read'],
    nav: { section: 'money', name: 'nav.days', key: 'd' },
  },
  { path: '/days/$day', load: () => import('./settlement/day.tsx'), permissions: ['money:read'] },
  {
    path: '/files',
    load: () => import('./settlement/files.tsx'),
    permissions: ['money:read'],
    nav: { section: 'money', name: 'nav.files', key: 'f' },
  },
  { path: '/files/$file', load: () => import('./settlement/file.tsx'), permissions: ['money:read'] },
  {
    path: '/answers',
    load: () => import('./settlement/answers.tsx'),
    permissions: ['money:read'],
    nav: { section: 'money', name: 'nav.answers' },
  },
  {
    path: '/leftovers',
    load: () => import('./settlement/leftovers.tsx'),
    permissions: ['money:read'],
    nav: { section: 'money', name: 'nav.leftovers' },
  },
  { path: '/leftovers/$leftover', load: () => import('./settlement/leftover.tsx'), permissions: ['money:read'] },
  {
    path: '/carries',
    load: () => import('./settlement/carries.tsx'),
    permissions: ['money:read'],
    nav: { section: 'money', name: 'nav.carries' },
  },
  {
    path: '/breaks',
    load: () => import('./settlement/breaks.tsx'),
    permissions: ['money:read'],
    nav: { section: 'money', name: 'nav.breaks', key: 'b' },
  },
  { path: '/breaks/$break', load: () => import('./settlement/break.tsx'), permissions: ['money:read'] },
  {
    path: '/doubts',
    load: () => import('./settlement/doubts.tsx'),
    permissions: ['money:read'],
    nav: { section: 'money', name: 'nav.doubts' },
  },
  { path: '/doubts/$doubt', load: () => import('./settlement/doubt.tsx'), permissions: ['money:read'] },
  {
    path: '/households',
    load: () => import('./households/find.tsx'),
    permissions: ['households:read'],
    nav: { section: 'scheme', name: 'nav.households', key: 'h' },
  },
  {
    path: '/households/$household',
    load: () => import('./households/household.tsx'),
    permissions: ['households:read'],
  },
  {
    path: '/household-moves',
    load: () => import('./households/moves.tsx'),
    permissions: ['money:read'],
    nav: { section: 'scheme', name: 'nav.householdMoves' },
  },
  {
    path: '/programmes',
    load: () => import('./programmes/page.tsx'),
    permissions: ['rules:read'],
    nav: { section: 'scheme', name: 'nav.programmes', key: 'm' },
  },
  {
    path: '/authorities',
    load: () => import('./authorities/page.tsx'),
    permissions: ['rules:read'],
    nav: { section: 'scheme', name: 'nav.authorities' },
  },
  {
    path: '/stand-in-rules',
    load: () => import('./authorities/rules.tsx'),
    permissions: ['rules:read'],
    nav: { section: 'scheme', name: 'nav.standInRules' },
  },
  {
    path: '/stand-ins',
    load: () => import('./authorities/stood.tsx'),
    permissions: ['money:read'],
    nav: { section: 'money', name: 'nav.standIns' },
  },
  {
    path: '/rules-by-day',
    load: () => import('./by-day/page.tsx'),
    permissions: ['rules:read'],
    nav: { section: 'scheme', name: 'nav.byDay', key: 'w' },
  },
  {
    path: '/settlement-rules',
    load: () => import('./rules/page.tsx'),
    permissions: ['rules:read'],
    nav: { section: 'scheme', name: 'nav.rules', key: 's' },
  },
  {
    path: '/cases',
    load: () => import('./cases/list.tsx'),
    permissions: ['shops:read'],
    nav: { section: 'shops', name: 'nav.cases', key: 'c' },
  },
  { path: '/cases/$case', load: () => import('./cases/case.tsx'), permissions: ['shops:read'] },
  {
    path: '/complaints',
    load: () => import('./complaints/list.tsx'),
    permissions: ['complaints:read'],
    nav: { section: 'shops', name: 'nav.complaints' },
  },
  {
    path: '/complaints/$complaint',
    load: () => import('./complaints/complaint.tsx'),
    permissions: ['complaints:read'],
  },
  {
    path: '/notices',
    load: () => import('./notices/list.tsx'),
    permissions: ['shops:read'],
    nav: { section: 'shops', name: 'nav.notices' },
  },
  { path: '/shops/$merchant', load: () => import('./shops/shop.tsx'), permissions: ['shops:read'] },
  { path: '/notices/$notice', load: () => import('./notices/notice.tsx'), permissions: ['shops:read'] },
  {
    path: '/signals',
    load: () => import('./signals/list.tsx'),
    permissions: ['shops:read'],
    nav: { section: 'shops', name: 'nav.signals' },
  },
  {
    path: '/signal-rules',
    load: () => import('./signal-rules/list.tsx'),
    permissions: ['shops:read'],
    nav: { section: 'shops', name: 'nav.signalRules' },
  },
  {
    path: '/registries',
    load: () => import('./registries/page.tsx'),
    permissions: ['shops:read'],
    nav: { section: 'shops', name: 'nav.registries', key: 'y' },
  },
  { path: '/registries/answers', load: () => import('./registries/answers.tsx'), permissions: ['shops:read'] },
  { path: '/signals/$signal', load: () => import('./signals/signal.tsx'), permissions: ['shops:read'] },
  {
    path: '/search',
    load: () => import('./search/page.tsx'),
    permissions: ['money:read'],
    nav: { section: 'now', name: 'nav.search' },
  },
  { path: '/transactions/$id', load: () => import('./timeline/timeline.tsx'), permissions: ['money:read'] },
  {
    path: '/terminals',
    load: () => import('./terminals/list.tsx'),
    permissions: ['terminals:read'],
    nav: { section: 'devices', name: 'nav.terminals', key: 't' },
  },
  { path: '/terminals/$terminal', load: () => import('./terminals/terminal.tsx'), permissions: ['terminals:read'] },
  {
    path: '/devices',
    load: () => import('./devices/list.tsx'),
    permissions: ['terminals:read'],
    nav: { section: 'devices', name: 'nav.devices', key: 'v' },
  },
  { path: '/devices/$device', load: () => import('./devices/device.tsx'), permissions: ['terminals:read'] },
  {
    path: '/certifications',
    load: () => import('./certifications/list.tsx'),
    permissions: ['terminals:read'],
    nav: { section: 'devices', name: 'nav.certifications' },
  },
  {
    path: '/certificates',
    load: () => import('./updates/certificates.tsx'),
    permissions: ['terminals:read'],
    nav: { section: 'devices', name: 'nav.certificates' },
  },
  {
    path: '/endings',
    load: () => import('./updates/endings.tsx'),
    permissions: ['terminals:read'],
    nav: { section: 'devices', name: 'nav.endings' },
  },
  {
    path: '/sick',
    load: () => import('./updates/sick.tsx'),
    permissions: ['terminals:read'],
    nav: { section: 'devices', name: 'nav.sick' },
  },
  {
    path: '/releases',
    load: () => import('./updates/releases.tsx'),
    permissions: ['terminals:read'],
    nav: { section: 'devices', name: 'nav.releases' },
  },
  {
    path: '/rollouts',
    load: () => import('./updates/rollouts.tsx'),
    permissions: ['terminals:read'],
    nav: { section: 'devices', name: 'nav.rollouts', key: 'r' },
  },
  { path: '/rollouts/$rollout', load: () => import('./updates/rollout.tsx'), permissions: ['terminals:read'] },
  {
    path: '/freezes',
    load: () => import('./updates/freezes.tsx'),
    permissions: ['terminals:read'],
    nav: { section: 'devices', name: 'nav.freezes' },
  },
  {
    path: '/minimums',
    load: () => import('./updates/minimums.tsx'),
    permissions: ['terminals:read'],
    nav: { section: 'devices', name: 'nav.minimums' },
  },
  {
    path: '/exemptions',
    load: () => import('./updates/exemptions.tsx'),
    permissions: ['terminals:read'],
    nav: { section: 'devices', name: 'nav.exemptions' },
  },
  {
    path: '/captures',
    load: () => import('./captures/list.tsx'),
    permissions: ['captures:work'],
    nav: { section: 'system', name: 'nav.captures', key: 'n' },
  },
  { path: '/captures/$file', load: () => import('./captures/capture.tsx'), permissions: ['captures:work'] },
  {
    // not /jobs: the board stands there
    path: '/queues',
    load: () => import('./queues/page.tsx'),
    permissions: ['jobs:work'],
    nav: { section: 'system', name: 'nav.queues', key: 'q' },
  },
  {
    path: '/keys',
    load: () => import('./keys/page.tsx'),
    permissions: ['keys:read'],
    nav: { section: 'system', name: 'nav.keys', key: 'k' },
  },
  { path: '/keys/terminals', load: () => import('./keys/terminals.tsx'), permissions: ['keys:read'] },
  { path: '/keys/log', load: () => import('./keys/log.tsx'), permissions: ['keys:read'] },
  {
    path: '/audit',
    load: () => import('./audit/list.tsx'),
    permissions: ['audit:read'],
    nav: { section: 'system', name: 'nav.audit', key: 'a' },
  },
  {
    path: '/messages',
    load: () => import('./messages/list.tsx'),
    permissions: ['shops:read'],
    nav: { section: 'system', name: 'nav.messages' },
  },
  { path: '/tokens', load: () => import('./tokens/list.tsx') },
  {
    path: '/people',
    load: () => import('./people/list.tsx'),
    permissions: ['people:read'],
    nav: { section: 'system', name: 'nav.people', key: 'p' },
  },
];
