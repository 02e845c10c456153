import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { WaitingOn } from '../../api/timeline.ts';
import { Waiting } from '../../components/waiting.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** On whom it waits, since when and until when, and what they can do. */
export function Stands({ on, since, until, who, can }: WaitingOn): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const key = `on.${on}`;
  const party = isWord(words, key) ? say(key) : on;
  return (
    <Waiting on={who === undefined ? party : `${party} (${who})`} since={since} until={until}>
      {can[language]}
    </Waiting>
  );
}
