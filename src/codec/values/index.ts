/** Alphabets and code pages, for tools that compare dialects. */
export { CODE_PAGES } from '../tables.ts';
export { admits } from './alphabet.ts';
