/** Dialects of other libraries as ours. */
export { checkImported } from './check.ts';
export type { Imported, ImportIssue } from './draft.ts';
export { importJpos } from './jpos.ts';
export { importMoov } from './moov.ts';
