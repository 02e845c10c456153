/** Bytes of a message as they are shown. */

export interface Placed {
  /** Bytes from the begin of the message. */
  readonly at: number;
  readonly length: number;
}

/** @param hex two digits a byte, `**` for one that is not shown
 *  @returns a text a byte */
export function bytesOf(hex: string): readonly string[] {
  return hex.match(/../g) ?? [];
}

/** @returns for each byte which field it belongs to, by its place in the list; undefined: to none */
export function fieldAtByte(bytes: number, fields: readonly Placed[]): readonly (number | undefined)[] {
  const owners = new Array<number | undefined>(bytes).fill(undefined);
  fields.forEach(({ at, length }, field) => {
    for (let byte = at; byte < Math.min(at + length, bytes); byte++) owners[byte] = field;
  });
  return owners;
}
