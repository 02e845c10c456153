import { Button, Group, Menu, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { keepView, removeView, viewsQuery, type View } from '../api/views.ts';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';
import { filtersOf, type ListSearch } from './list-search.ts';
import { ProblemNote } from './problem-note.tsx';

interface SavedViewsProps {
  /** The list that they are of, as the API names it. */
  readonly page: string;
  readonly search: ListSearch;
}

/** Filters under a name, kept on the server for this person. Each is a link: its address shows anybody else the same. */
export function SavedViews({ page, search }: SavedViewsProps): ReactNode {
  const say = useWords(common);
  const [opened, setOpened] = useState(false);
  return (
    <Menu position="bottom-end" withinPortal closeOnItemClick={false} opened={opened} onChange={setOpened}>
      <Menu.Target>
        <Button variant="default" size="compact-md">
          {say('list.views')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>{opened && <Views page={page} search={search} />}</Menu.Dropdown>
    </Menu>
  );
}

function Views({ page, search }: SavedViewsProps): ReactNode {
  const say = useWords(common);
  const { data: views = [], error } = useQuery(viewsQuery(page));
  const { busy, problem, run } = useChange(page);
  return (
    <>
      {views.map((view) => (
        <Group key={view.name} gap={0} wrap="nowrap">
          <Menu.Item renderRoot={(props: object) => <Link to="." search={view.filters} {...props} />} closeMenuOnClick>
            <bdi>{view.name}</bdi>
          </Menu.Item>
          <Menu.Item
            w="auto"
            disabled={busy}
            aria-label={say('list.removeView', { name: view.name })}
            onClick={() => void run(() => removeView(page, view))}
          >
            ×
          </Menu.Item>{' '}
          {/* prettier-ignore */}
        </Group>
      ))}
      <NewView views={views} busy={busy} onKeep={(name, before) => run(() => keepView(page, name, filtersOf(search), before))} />
      {views.length > 0 && <Text size="sm" className="soft" px="xs" maw={280}>{say('list.shareView')}</Text>}
      <ProblemNote error={problem ?? error} />
    </>
  ); // prettier-ignore
}

interface NewViewProps {
  readonly views: readonly View[];
  readonly busy: boolean;
  /** @returns whether it is kept */
  readonly onKeep: (name: string, before: View | undefined) => Promise<boolean>;
}

/** A name for what the list shows now; one that is there already gets these filters. */
function NewView({ views, busy, onKeep }: NewViewProps): ReactNode {
  const say = useWords(common);
  const [typed, setTyped] = useState('');
  const name = typed.trim();
  const before = views.find((view) => view.name === name);
  const keep = async (): Promise<void> => {
    if (name !== '' && (await onKeep(name, before))) setTyped('');
  };
  return (
    <Group p="xs" gap="xs" align="end">
      <TextInput
        label={say('list.saveView')}
        placeholder={say('list.viewName')}
        maxLength={40}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          event.stopPropagation(); // a menu goes to the item that a letter begins
          if (event.key === 'Enter') void keep();
        }}
      />
      <Button loading={busy} onClick={() => void keep()}>
        {say(before === undefined ? 'list.save' : 'list.replaceView')}
      </Button>
    </Group>
  );
}

interface Changing {
  readonly busy: boolean;
  readonly problem: unknown;
  readonly run: (change: () => Promise<unknown>) => Promise<boolean>;
}

/** Whatever becomes of a change, the views are read again: another window of this person may have changed them. */
function useChange(page: string): Changing {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const run = async (change: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await change();
      return true;
    } catch (error) {
      setProblem(error);
      return false;
    } finally {
      await queries.invalidateQueries({ queryKey: viewsQuery(page).queryKey });
      setBusy(false);
    }
  };
  return { busy, problem, run };
}
