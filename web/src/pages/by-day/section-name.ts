import { isWord, useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** What a section of rules is called; one that has no word here is called as the file calls it. */
export function useSectionName(): (section: string) => string {
  const say = useWords(words);
  return (section) => {
    const key = `section.${section}`;
    return isWord(words, key) ? say(key) : section;
  };
}
