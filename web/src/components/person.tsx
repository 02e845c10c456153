import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { personNameQuery } from '../api/people.ts';
import { usePreferences } from '../app/preferences.ts';
import { book, useWords } from '../words/tongue.ts';

const words = book(
  'person',
  { removed: 'دیگر همکار ما نیست', unknown: 'ناشناس (شمارهٔ {{id}})' },
  { removed: 'no longer with us', unknown: 'unknown (number {{id}})' },
);

/** Who did it: a colleague's name, though the answer of the API says only their number; of one who was removed, that too. */
export function Person({ id }: { readonly id: string }): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const { data, isError } = useQuery(personNameQuery(id));
  if (data === undefined) return isError ? say('unknown', { id }) : '…';
  return (
    <span className="whole" title={data.login}>
      <bdi>{language === 'fa' ? data.nameFa : data.nameEn}</bdi>
      {!data.active && ` (${say('removed')})`}
    </span>
  );
}
