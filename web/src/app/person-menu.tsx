import { Button, Menu } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { isDemoPerson } from '../api/session.ts';
import { Go } from '../components/go.tsx';
import { common } from '../words/common.ts';
import { isWord, useWords } from '../words/tongue.ts';
import { usePreferences } from './preferences.ts';
import { useMe, useSignOut } from './session.tsx';

/** Who one is, with which roles, and the way out. */
export function PersonMenu(): ReactNode {
  const say = useWords(common);
  const { person } = useMe();
  const { language } = usePreferences();
  const name = language === 'fa' ? person.nameFa : person.nameEn;
  const signOut = useSignOut();
  const navigate = useNavigate();
  const leave = async (): Promise<void> => {
    await signOut();
    await navigate({ to: '/sign-in' });
  };
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="light" size="compact-md" aria-label={`${say('me.menu')}: ${name}`}>
          {name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label c="var(--soft)">
          <bdi dir="ltr">{person.login}</bdi>
        </Menu.Label>
        <Menu.Label c="var(--soft)">
          {say('me.roles')}: {person.roles.map((role) => roleName(role)).join(language === 'fa' ? '، ' : ', ')}
        </Menu.Label>
        {isDemoPerson(person.login) && (
          <Menu.Item component={Go} to="/demo">
            {say('me.change')}
          </Menu.Item>
        )}
        <Menu.Item component={Go} to="/tokens">
          {say('me.tokens')}
        </Menu.Item>
        <Menu.Item onClick={() => void leave()}>{say('me.signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );

  function roleName(role: string): string {
    const key = `role.${role}`;
    return isWord(common, key) ? say(key) : role;
  }
}
