import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useMay } from '../app/session.tsx';
import type { Permission } from '../api/session.ts';
import { ActDialog, type Act } from './act-dialog.tsx';

export interface NamedAct<Seen> extends Act<Seen> {
  /** Tells the acts of a page apart. */
  readonly id: string;
  /** Undefined: it is everybody's own. */
  readonly permission?: Permission | undefined;
}

interface ActsBarProps<Seen> {
  /** Those that are open as things stand; what a person may not do is not shown. */
  readonly acts: readonly (NamedAct<Seen> | false | undefined)[];
  /** Empties what was typed into the acts' own fields. */
  readonly onOpen?: (id: string) => void;
  readonly onDone?: () => void;
  readonly small?: true;
}

/** The acts of a page or of a row, a button each, and the dialog of the one that was chosen. */
export function ActsBar<Seen>({ acts, onOpen, onDone, small }: ActsBarProps<Seen>): ReactNode {
  const may = useMay();
  const [chosen, setChosen] = useState<string>();
  const open = acts
    .filter((act) => act !== false && act !== undefined)
    .filter(({ permission }) => permission === undefined || may(permission));
  return (
    <>
      {open.map(({ id, title }) => (
        <Button
          key={id}
          variant="default"
          aria-haspopup="dialog"
          {...(small === true ? { size: 'compact-sm' } : {})}
          onClick={() => {
            onOpen?.(id);
            setChosen(id);
          }}
        >
          {title}
        </Button>
      ))}
      <ActDialog
        act={open.find(({ id }) => id === chosen)}
        onClose={() => {
          setChosen(undefined);
        }}
        {...(onDone === undefined ? {} : { onDone })}
      />
    </>
  );
}
