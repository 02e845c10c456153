import { en } from './en.ts';
import { fa } from './fa.ts';
import { book, type Book } from './tongue.ts';

/** What the shell and the components say. */
export const common = book('common', fa, en);
export type KeyOfCommon = typeof common extends Book<infer Key> ? Key : never;
