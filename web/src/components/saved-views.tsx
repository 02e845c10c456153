import { Button, Group, Menu, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useMe } from '../app/session.tsx';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';
import { filtersOf, parseViews, type ListSearch, type SavedView } from './list-search.ts';

interface SavedViewsProps {
  readonly path: string;
  readonly search: ListSearch;
}

/** Filters under a name, kept in this browser for this person. */
export function SavedViews({ path, search }: SavedViewsProps): ReactNode {
  const say = useWords(common);
  const navigate = useNavigate();
  const { person } = useMe();
  const place = `views.${person.id}.${path}`;
  const [views, setViews] = useState(() => parseViews(localStorage.getItem(place)));
  const [name, setName] = useState('');
  const keep = (next: readonly SavedView[]): void => {
    localStorage.setItem(place, JSON.stringify(next));
    setViews(next);
  };
  const add = (): void => {
    if (name.trim() === '') return;
    keep([...views.filter((view) => view.name !== name.trim()), { name: name.trim(), search: filtersOf(search) }]);
    setName('');
  };
  return (
    <Menu position="bottom-end" withinPortal closeOnItemClick={false}>
      <Menu.Target>
        <Button variant="default" size="compact-md">
          {say('list.views')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {views.map((view) => (
          <Group key={view.name} gap={0} wrap="nowrap">
            <Menu.Item onClick={() => void navigate({ to: '.', search: view.search })}>{view.name}</Menu.Item>
            <Menu.Item
              w="auto"
              aria-label={say('list.removeView', { name: view.name })}
              onClick={() => {
                keep(views.filter((each) => each !== view));
              }}
            >
              ×
            </Menu.Item>{' '}
            {/* prettier-ignore */}
          </Group>
        ))}
        <Group p="xs" gap="xs" align="end">
          <TextInput
            label={say('list.saveView')}
            placeholder={say('list.viewName')}
            maxLength={40}
            value={name}
            onChange={(event) => {
              setName(event.currentTarget.value);
            }}
            onKeyDown={(event) => {
              event.stopPropagation(); // a menu goes to the item that a letter begins
              if (event.key === 'Enter') add();
            }}
          />
          <Button onClick={add}>{say('list.save')}</Button>
        </Group>
      </Menu.Dropdown>
    </Menu>
  );
}
