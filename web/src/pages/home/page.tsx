import { List, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { navigationOf } from '../../app/navigation.ts';
import { usePreferences } from '../../app/preferences.ts';
import { useMe } from '../../app/session.tsx';
import { Go } from '../../components/go.tsx';
import { common } from '../../words/common.ts';
import { useWords } from '../../words/tongue.ts';

export function Page(): ReactNode {
  const say = useWords(common);
  const me = useMe();
  const { language } = usePreferences();
  return (
    <Stack>
      <Title order={1}>{say('home.title', { name: language === 'fa' ? me.person.nameFa : me.person.nameEn })}</Title>
      <p>{say('home.can')}</p>
      <List>
        {navigationOf(me)
          .flatMap(([, entries]) => entries)
          .map(({ path, nav }) => (
            <List.Item key={path}>
              <Go to={path}>{say(nav.name)}</Go>
            </List.Item>
          ))}
      </List>
    </Stack>
  );
}
