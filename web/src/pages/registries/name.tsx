import type { ReactNode } from 'react';
import { Ltr } from '../../components/texts.tsx';
import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** What there may be a registry for (src/shops/requirements/registry-words.ts). */
export const REGISTRIES = ['owner_identity', 'mobile', 'sheba', 'guild_licence', 'tax_code', 'address'] as const;

export function Name({ code }: { readonly code: string }): ReactNode {
  const say = useWords(words);
  const key = `registry.${code}`;
  return isWord(words, key) ? say(key) : <Ltr>{code}</Ltr>;
}
