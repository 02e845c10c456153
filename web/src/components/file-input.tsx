import { FileInput as Input } from '@mantine/core';
import type { ReactNode } from 'react';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';

interface FileInputProps {
  readonly label: string;
  readonly required?: boolean;
  /** Ends of names and types, as browsers know them. */
  readonly accept: string;
  /** null: it was taken away again. */
  readonly onFile: (file: File | null) => void | Promise<void>;
}

/** A file of the person's own machine; what is done with it is the page's. */
export function FileInput({ label, required = false, accept, onFile }: FileInputProps): ReactNode {
  const say = useWords(common);
  return (
    <Input
      label={label}
      required={required}
      accept={accept}
      clearable
      clearButtonProps={{ 'aria-label': say('file.clear') }}
      placeholder={say('file.choose')}
      onChange={(file) => void onFile(file)}
    />
  );
}
