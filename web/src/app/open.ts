import { may } from '../api/session.ts';
import { PAGES, type PageEntry } from '../pages/registry.ts';
import { useMaybeMe } from './session.tsx';

/** @returns whether the person may open what is at a path below /console; where nobody is signed in, the page itself decides */
export function useMayOpen(): (path: string) => boolean {
  const me = useMaybeMe();
  return (path) => me === undefined || may(me, entryAt(path)?.permissions);
}

function entryAt(path: string): PageEntry | undefined {
  const parts = path.split('/');
  const fits = ({ path: listed }: PageEntry): boolean => {
    const wanted = listed.split('/');
    return wanted.length === parts.length && wanted.every((part, at) => part.startsWith('$') || part === parts[at]);
  };
  return PAGES.find((entry) => entry.path === path) ?? PAGES.find(fits);
}
