/** A place in a message: `4`, `48.14` (a tag or subfield), `63#047` (the block of a function code). */
export interface Path {
  readonly text: string;
  readonly de: number;
  /** Keys of tags and subfields, from outside. */
  readonly keys: readonly string[];
  readonly block: string | undefined;
}

export function parsePath(text: string): Path {
  const [element = '', block] = text.split('#');
  const [de = '', ...keys] = element.split('.');
  return { text, de: Number(de), keys, block };
}
