import { may, type Me } from '../api/session.ts';
import { PAGES, type PageEntry, type Section } from '../pages/registry.ts';

export type Listed = PageEntry & { readonly nav: NonNullable<PageEntry['nav']> };

export const SECTIONS: readonly Section[] = ['now', 'money', 'scheme', 'shops', 'devices', 'system'];

/** The pages that a person may open from the navigation, by section. */
export function navigationOf(me: Me): readonly (readonly [Section, readonly Listed[]])[] {
  const open = PAGES.filter((entry): entry is Listed => entry.nav !== undefined && may(me, entry.permissions));
  return SECTIONS.map((section) => [section, open.filter(({ nav }) => nav.section === section)] as const).filter(
    ([, entries]) => entries.length > 0,
  );
}
