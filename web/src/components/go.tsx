import { Link, type LinkComponentProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useMayOpen } from '../app/open.ts';

interface GoProps extends Omit<LinkComponentProps, 'to' | 'search' | 'params' | 'href'> {
  /** Below /console, with its query: `/terminals?state=blocked`. */
  readonly to: string;
}

/** A link to another page of the console; to whoever may not open that page, what it says without the link. */
export function Go({ to, ...rest }: GoProps): ReactNode {
  const mayOpen = useMayOpen();
  const [path = '/', query = ''] = to.split('?');
  if (!mayOpen(path)) return <span>{rest.children as ReactNode}</span>;
  const search: Record<string, string> = Object.fromEntries(new URLSearchParams(query));
  return <Link to={path} search={search} {...rest} />;
}
