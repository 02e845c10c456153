import { AppShell, Burger, Group, NavLink, ScrollArea, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { inboxQuery, type Inbox } from '../api/overview.ts';
import mark from '../mark.svg';
import { Go } from '../components/go.tsx';
import { Tag } from '../components/tag.tsx';
import { Count } from '../components/texts.tsx';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';
import { KeyHelp, useKeys } from './keys.tsx';
import { Looks } from './looks.tsx';
import { navigationOf } from './navigation.ts';
import { PersonMenu } from './person-menu.tsx';
import { SearchBox } from './search-box.tsx';
import { useMe } from './session.tsx';

/** What surrounds every page: sections by permission, search, language, and who one is. */
export function Shell({ children }: { readonly children: ReactNode }): ReactNode {
  const say = useWords(common);
  const [opened, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  const keys = useKeys();
  useEffect(close, [pathname, close]);
  return (
    <AppShell
      header={{ height: { base: 108, sm: 60 } }}
      navbar={{ width: 240, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="md"
    >
      <a className="skip" href="#main">
        {say('skip')}
      </a>
      <AppShell.Header bg="var(--sheet)">
        <Group h="100%" px="md" gap="xs" justify="space-between" wrap="wrap">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={say('nav.open')} />
            <Go to="/" style={{ textDecoration: 'none', color: 'var(--ink)' }}>
              <Group gap="xs" wrap="nowrap">
                <img src={mark} alt="" width={28} height={28} />
                <Text fw={700}>{say('brand')}</Text>
              </Group>
            </Go>
          </Group>
          <SearchBox />
          <Group gap="xs" wrap="nowrap">
            <Looks />
            <PersonMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" bg="var(--sheet)" aria-label={say('nav.label')}>
        <ScrollArea>
          <Sections />
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        {children}
      </AppShell.Main>
      <KeyHelp {...keys} />
    </AppShell>
  );
}

/** On the page of the inbox it is asked for more often. */
const BADGE_MS = 5 * 60_000;

function Sections(): ReactNode {
  const say = useWords(common);
  const me = useMe();
  const { pathname } = useLocation();
  const { data: inbox } = useQuery({ ...inboxQuery, refetchInterval: BADGE_MS });
  return navigationOf(me).map(([section, entries]) => (
    <div key={section}>
      <Text size="xs" fw={600} className="soft" px="sm" pt="sm">
        {say(`section.${section}`)}
      </Text>
      {entries.map(({ path, nav }) => {
        const here = pathname === path || pathname.startsWith(`${path}/`);
        return (
          <NavLink
            key={path}
            component={Go}
            to={path}
            label={say(nav.name)}
            active={here}
            {...(path === '/' && inbox !== undefined ? waiting(inbox, say('nav.waiting', { count: inbox.count })) : {})}
            {...(here ? { 'aria-current': 'page' as const } : {})}
          />
        );
      })}
    </div>
  ));
}

/** How much waits for who is signed in, on every page. */
function waiting({ count, overdue }: Inbox, told: string): object {
  if (count === 0) return {};
  const badge = (
    <span aria-hidden>
      <Tag tone={overdue > 0 ? 'bad' : 'wait'}>
        <Count of={count} />
      </Tag>
    </span>
  );
  return { 'aria-description': told, rightSection: badge };
}
