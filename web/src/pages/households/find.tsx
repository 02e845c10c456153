import { Button, Group, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { read } from '../../api/client.ts';
import { PageFrame } from '../../components/page.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Go } from '../../components/go.tsx';
import { Ltr, Masked } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

interface Found {
  readonly household: string;
  readonly cards: readonly string[];
}

/** One looks up a household that one has a number or a receipt of; there is no list of all. */
export function Page(): ReactNode {
  const say = useWords(words);
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [found, setFound] = useState<readonly Found[]>();
  const [error, setError] = useState<unknown>();
  const look = async (): Promise<void> => {
    const text = typed.trim();
    setError(undefined);
    try {
      const by = text.includes('*') ? { card: text } : { household: text };
      const { items } = (await read<{ items: readonly Found[] }>('/households', by)).body;
      const [only] = items;
      if (only !== undefined && items.length === 1) await navigate({ to: `/households/${only.household}` });
      setFound(items);
    } catch (problem) {
      setFound(undefined);
      setError(problem);
    }
  };
  return (
    <PageFrame title={say('title')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void look();
        }}
      >
        <Group align="end">
          <TextInput label={say('help')} required maxLength={20} dir="ltr" value={typed} onChange={(event) => { setTyped(event.currentTarget.value); }} />
          <Button type="submit">{say('lookUp')}</Button>
        </Group>
      </form>
      <ProblemNote error={error} />
      {found?.length === 0 && <Text>{say('none')}</Text>}
      {found !== undefined && found.length > 1 && (
        <div className="sheet">
          {found.map(({ household, cards }) => (
            <div key={household}>
              <Go to={`/households/${household}`}>
                <Ltr>{household}</Ltr>
              </Go>{' '}
              {cards.map((card) => (
                <Masked key={card}>{card}</Masked>
              ))}
            </div>
          ))}
        </div>
      )}
    </PageFrame>
  ); // prettier-ignore
}
