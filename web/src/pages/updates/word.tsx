import type { ReactNode } from 'react';
import { Tag, type Tone } from '../../components/tag.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

const TONES: Readonly<Record<string, Tone>> = { published: 'good', running: 'good', done: 'good', halted: 'bad', refusing: 'bad', proposed: 'wait', staged: 'wait', notice: 'wait' }; // prettier-ignore

export function useUpdateWord(): (kind: string, value: string) => string {
  const say = useWords(words);
  return (kind, value) => {
    const key = `${kind}.${value}`;
    return isWord(words, key) ? say(key) : value;
  };
}

export function UpdateState({ state }: { readonly state: string }): ReactNode {
  return <Tag tone={TONES[state] ?? 'plain'}>{useUpdateWord()('state', state)}</Tag>;
}
