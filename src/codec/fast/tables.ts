export type Table = Uint8Array | Int16Array;

/** Tables that generated code indexes as `T`, each once. */
export class Tables {
  readonly list: Table[] = [];

  name(table: Table): string {
    const same = this.list.findIndex(
      (known) => known.constructor === table.constructor && Buffer.from(known.buffer).equals(Buffer.from(table.buffer)),
    );
    return `T[${same >= 0 ? same : this.list.push(table) - 1}]`;
  }
}
