import { readFileSync } from 'node:fs';

/** Reads a statement that lives beside this file (conventions: SQL in .sql files).
 *  @param name such as `decide` for sql/decide.sql */
export function statement(name: string): string {
  return readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
}
