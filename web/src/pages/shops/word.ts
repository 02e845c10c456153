import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** Names of states that the API gives. */
export function useShopWord(): (kind: string, value: string) => string {
  const say = useWords(words);
  return (kind, value) => {
    const key = `${kind}.${value}`;
    return isWord(words, key) ? say(key) : value;
  };
}
