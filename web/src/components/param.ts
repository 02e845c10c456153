import { useParams } from '@tanstack/react-router';

/** A part of the page's path: `useParam('terminal')` on `/terminals/$terminal`. */
export function useParam(name: string): string {
  const parts = useParams({ strict: false, select: (all) => all as Readonly<Record<string, string | undefined>> });
  const part = parts[name];
  if (part === undefined) throw new Error(`the path of this page has no $${name}`);
  return part;
}
