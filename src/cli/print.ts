/** Options of a command that prints results. */
export interface JsonOption {
  readonly json?: boolean;
}

/** Rials are strings, whatever their size. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
}

/** One result: an object for programs, or text for people. */
export function print({ json }: JsonOption, result: object, text: () => string): void {
  console.log(json === true ? jsonText(result) : text());
}

/** A list of results: an object a line for programs, or text for people. */
export function printEach({ json }: JsonOption, results: readonly object[], text: () => string): void {
  if (json !== true) console.log(text());
  else for (const each of results) console.log(jsonText(each));
}

/** What is no result, such as a note or progress: with `--json` on standard error, so that programs read results only. */
export function tell({ json }: JsonOption, text: string): void {
  if (json === true) console.error(text);
  else console.log(text);
}

/** `1 shop`, `2 shops`. */
export function howMany(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
