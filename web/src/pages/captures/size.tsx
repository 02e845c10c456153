import type { ReactNode } from 'react';
import { Count } from '../../components/texts.tsx';
import { useWords } from '../../words/tongue.ts';
import { words } from './words.ts';

/** Of a file: kilobytes, from a megabyte on megabytes. */
export function Size({ bytes }: { readonly bytes: number }): ReactNode {
  const say = useWords(words);
  const large = bytes >= 1 << 20;
  return (
    <span className="whole">
      <Count of={large ? bytes / (1 << 20) : Math.ceil(bytes / 1_024)} places={large ? 1 : 0} />{' '}
      {say(large ? 'unit.mb' : 'unit.kb')}
    </span>
  );
}
