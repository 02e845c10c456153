import type { Given } from './act-dialog.tsx';
import type { Line } from './act-lines.ts';
import type { NamedAct } from './acts-bar.tsx';

interface Asked {
  readonly name: string;
  readonly label: string;
  /** Left out: it must be filled. */
  readonly optional?: true;
}

/** What an act asks for. */
export type Field =
  | (Asked & { readonly kind: 'text'; readonly max?: number; readonly ltr?: true })
  /** `min`: so many characters at least, as the API wants them. */
  | (Asked & { readonly kind: 'area'; readonly min?: number; readonly max?: number })
  /** ISO days that it lies between, both taken in. */
  | (Asked & { readonly kind: 'day'; readonly from?: string; readonly until?: string })
  /** Typed in the unit that the person reads; the act gets whole rials. */
  | (Asked & { readonly kind: 'money' })
  | (Asked & { readonly kind: 'choice'; readonly options: Options })
  | (Asked & { readonly kind: 'many'; readonly options: Options })
  /** A file of text, as it is. */
  | (Asked & { readonly kind: 'file'; readonly accept: string });

type Options = readonly (readonly [value: string, label: string])[];

/** By the names of fields; of `many` the chosen, a space between them. What was left empty is not there. */
export type Values = Readonly<Partial<Record<string, string>>>;

export interface FieldAct<Seen> extends Omit<NamedAct<Seen>, 'fields' | 'ready' | 'lines' | 'send'> {
  readonly ask: readonly Field[];
  /** What stands in the fields at first. */
  readonly start?: Values;
  readonly lines?: (seen: Seen, values: Values) => readonly Line[];
  /** What is wrong with what was typed, in the reader's words; undefined: nothing. */
  readonly fault?: (values: Values) => string | undefined;
  readonly send: (values: Values, given: Given) => Promise<unknown>;
}

export interface FieldActsProps<Seen> {
  readonly acts: readonly (FieldAct<Seen> | false | undefined)[];
  readonly small?: true;
}
