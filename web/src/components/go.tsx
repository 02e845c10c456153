import { Link, type LinkComponentProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface GoProps extends Omit<LinkComponentProps, 'to' | 'search' | 'params' | 'href'> {
  /** Below /console, with its query: `/terminals?state=blocked`. */
  readonly to: string;
}

/** A link to another page of the console. */
export function Go({ to, ...rest }: GoProps): ReactNode {
  const [path = '/', query = ''] = to.split('?');
  const search: Record<string, string> = Object.fromEntries(new URLSearchParams(query));
  return <Link to={path} search={search} {...rest} />;
}
