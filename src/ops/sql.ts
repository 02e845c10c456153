import { readdirSync, readFileSync } from 'node:fs';

/** A reader of the statements in a folder, each read once. SQL stands in `*.sql` beside its caller.
 *  @param folder such as `new URL('./sql/', import.meta.url)`; the reader takes `stage` for stage.sql */
export function sqlIn(folder: URL): (name: string) => string {
  const texts = new Map<string, string>();
  return (name) => {
    let text = texts.get(name);
    if (text === undefined) texts.set(name, (text = textOf(folder, `${name}.sql`)));
    return text;
  };
}

/** Every `*.sql` of a folder and what is under it, by name.
 *  @returns `name` with its ending, and the folder under `folder` that it stands in */
export function everySqlIn(folder: URL): { name: string; text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, text: textOf(folder, name) }));
}

function textOf(folder: URL, name: string): string {
  return readFileSync(new URL(name, folder), 'utf8');
}

/** An instant of the database as the API writes it: ISO 8601 in UTC, whole seconds.
 *  @param column of type timestamptz, or an expression of it: never what somebody typed */
export function isoInstant(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
}
