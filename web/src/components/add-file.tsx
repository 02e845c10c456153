import { useState, type ReactNode } from 'react';
import type { Permission } from '../api/session.ts';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';
import { ActsBar } from './acts-bar.tsx';
import { FileInput } from './file-input.tsx';

interface AddFileProps {
  readonly title: string;
  readonly explain?: string;
  readonly label: string;
  readonly accept: string;
  readonly permission: Permission;
  readonly send: (file: File) => Promise<unknown>;
}

/** The act that brings a file of the person's own, with its picture before it is sent. */
export function AddFile({ title, explain, label, accept, permission, send }: AddFileProps): ReactNode {
  const say = useWords(common);
  const [file, setFile] = useState<File | null>(null);
  return (
    <ActsBar
      small
      onOpen={() => {
        setFile(null);
      }}
      acts={[
        {
          id: 'add',
          permission,
          title,
          explain,
          reason: 'none',
          fields: (
            <>
              <FileInput label={label} required accept={accept} onFile={setFile} />
              {file !== null && (
                <p className="soft">
                  <bdi dir="ltr">{file.name}</bdi> · {say('file.size', { kib: Math.ceil(file.size / 1_024) })}
                </p>
              )}
            </>
          ),
          ready: file !== null,
          send: () => (file === null ? Promise.resolve() : send(file)),
        },
      ]}
    />
  );
}
