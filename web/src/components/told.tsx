import type { ReactNode } from 'react';
import { usePreferences } from '../app/preferences.ts';
import { toldIn } from '../format/told.ts';

/** A sentence that the system wrote, in the reader's language where it is known. */
export function Told({ text }: { readonly text: string | null }): ReactNode {
  const looks = usePreferences();
  return text === null ? '—' : <bdi>{toldIn(looks, text)}</bdi>;
}
