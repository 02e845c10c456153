import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import { wantedSearch } from '../../app/wanted-search.ts';
import { searchFor, type Found, type Hit } from '../../api/timeline.ts';
import { Go } from '../../components/go.tsx';
import { PageFrame } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Ltr, Moment } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { pathOfTarget } from '../targets.ts';
import { words } from './words.ts';

/** One box for whatever somebody reads out. What was typed stands in no address: it may be a card. One hit is gone to at once. */
export function Page(): ReactNode {
  const say = useWords(words);
  const navigate = useNavigate();
  const [text, setText] = useState(wantedSearch.now);
  const [found, setFound] = useState<Found>();
  const [error, setError] = useState<unknown>();
  const look = async (wanted: string): Promise<void> => {
    setError(undefined);
    try {
      const answer = await searchFor(wanted);
      const [only, ...others] = answer.hits;
      const path = only === undefined || others.length > 0 ? undefined : pathOfTarget(only.kind, only.id);
      if (path !== undefined) await navigate({ to: path, replace: true });
      else setFound(answer);
    } catch (problem) {
      setFound(undefined);
      setError(problem);
    }
  };
  useEffect(
    () =>
      wantedSearch.follow((wanted) => {
        setText(wanted);
        void look(wanted);
      }),
    [],
  );
  return (
    <PageFrame title={say('title')}>
      <form
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '') void look(text.trim());
        }}
      >
        <Group align="end">
          <TextInput
            label={say('what')}
            description={say('help')}
            maxLength={200}
            autoComplete="off"
            style={{ flex: '1 1 20rem' }}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
            }}
          />{' '}
          {/* prettier-ignore */}
          <Button type="submit">{say('go')}</Button>
        </Group>
      </form>
      <ProblemNote error={error} />
      <div aria-live="polite">{found !== undefined && <Hits {...found} />}</div>
    </PageFrame>
  );
}

function Hits({ hits, more }: Found): ReactNode {
  const say = useWords(words);
  if (hits.length === 0)
    return (
      <div className="sheet">
        <Text fw={600}>{say('none')}</Text>
        <Text className="soft">{say('none.help')}</Text>
      </div>
    );
  return (
    <Stack gap="xs">
      {hits.map((hit) => (
        <OneHit key={hit.kind + hit.id} {...hit} />
      ))}
      {more && <Text className="note wait">{say('more')}</Text>}
    </Stack>
  );
}

function OneHit({ kind, id, title, detail, at }: Hit): ReactNode {
  const say = useWords(words);
  const path = pathOfTarget(kind, id);
  const key = `kind.${kind}`;
  const name = (
    <>
      {isWord(words, key) ? say(key) : kind} <Ltr>{title}</Ltr>
    </>
  );
  return (
    <div className="sheet">
      {path === undefined ? <Text fw={600}>{name}</Text> : <Go to={path}>{name}</Go>}
      <Text className="soft">
        {detail} {at !== undefined && <Moment at={at} />}
      </Text>
    </div>
  );
}
