import type { ReactNode } from 'react';
import { Tag, type Tone } from '../../components/tag.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

const TONES: Readonly<Record<string, Tone>> = {
  settled: 'good',
  paid: 'good',
  delivered: 'good',
  resolved: 'good',
  held: 'bad',
  returned: 'bad',
  refused: 'bad',
  open: 'plain',
};

/** A word that the API gave, as people call it: `state.made`, `class.LATE`. */
export function useNamed(): (kind: string, value: string) => string {
  const say = useWords(words);
  return (kind, value) => {
    const key = `${kind}.${value}`;
    return isWord(words, key) ? say(key) : value;
  };
}

export function State({ of, kind = 'state' }: { readonly of: string; readonly kind?: string }): ReactNode {
  return <Tag tone={TONES[of] ?? 'wait'}>{useNamed()(kind, of)}</Tag>;
}

interface WaitsProps {
  readonly waiting: {
    readonly on: string;
    readonly since: string;
    readonly until?: string;
    readonly notOf?: string;
  } | null;
}

/** On whom a day or a file waits; nothing where it waits on nobody. */
export function Waits({ waiting }: WaitsProps): ReactNode {
  const say = useWords(words);
  const named = useNamed();
  if (waiting === null) return null;
  const { on, notOf, since, until } = waiting;
  const who = notOf === undefined ? named('party', on) : say('party.notOf', { who: notOf });
  return <Waiting on={who} since={since} until={until} />;
}
