import { lazy, Suspense, type ReactNode } from 'react';
import type { FieldActsProps } from './field-act.ts';

export type { Field, FieldAct, Values } from './field-act.ts';

/** Their dialog and its fields come after the page: a list is there first. */
const Bar = lazy(async () => ({ default: (await import('./field-acts-bar.tsx')).FieldActsBar })) as unknown as <Seen>(props: FieldActsProps<Seen>) => ReactNode; // prettier-ignore

/** Acts that ask for more than a reason. */
export function FieldActs<Seen>(props: FieldActsProps<Seen>): ReactNode {
  return (
    <Suspense fallback={null}>
      <Bar {...props} />
    </Suspense>
  );
}
