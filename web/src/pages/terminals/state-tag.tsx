import type { ReactNode } from 'react';
import { Tag, type Tone } from '../../components/tag.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

export const STATES = ['registered', 'keyed', 'certified', 'active', 'blocked', 'retired', 'lost'] as const;

const TONES: Readonly<Record<string, Tone>> = { active: 'good', blocked: 'bad', lost: 'bad' };

export function StateTag({ state }: { readonly state: string }): ReactNode {
  return <Tag tone={TONES[state] ?? 'plain'}>{useStateName()(state)}</Tag>;
}

/** @returns a state as people call it */
export function useStateName(): (state: string) => string {
  const say = useWords(words);
  return (state) => {
    const key = `state.${state}`;
    return isWord(words, key) ? say(key) : state;
  };
}
