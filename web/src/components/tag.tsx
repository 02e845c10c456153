import type { ReactNode } from 'react';

export type Tone = 'good' | 'wait' | 'bad' | 'plain';

/** A state in a word: its colour says no more than the word does. */
export function Tag({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ReactNode }): ReactNode {
  return (
    <span className={`tag ${tone}`} style={{ background: 'transparent' }}>
      {children}
    </span>
  );
}
