import type { ReactNode } from 'react';
import { Tag, type Tone } from '../../components/tag.tsx';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** So much of its time a key has served when it is to be changed soon. */
const SOON = 0.9;

/** @param most days that a key may serve */
export function ageToneOf(days: number, most: number): Tone {
  return days >= most ? 'bad' : days >= most * SOON ? 'wait' : 'good';
}

const SAID: Readonly<Partial<Record<Tone, 'age.bad' | 'age.wait'>>> = { bad: 'age.bad', wait: 'age.wait' };

export function Age({ days, most }: { readonly days: number; readonly most: number }): ReactNode {
  const say = useWords(words);
  const tone = ageToneOf(days, most);
  const said = SAID[tone];
  return (
    <span className="whole">
      {say('days', { count: days })} {said !== undefined && <Tag tone={tone}>{say(said)}</Tag>}
    </span>
  );
}
