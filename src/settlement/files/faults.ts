import { inline } from '../../ops/printable.ts';

/** What is wrong with an input file: a file is taken whole or not at all, with every fault named (files.md). */
export interface FileFault {
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

const MOST = 100;

/** Collects the faults of one file, at most 100. */
export class Faults {
  readonly list: FileFault[] = [];

  add(line: number, column: number, reason: string): void {
    if (this.list.length < MOST) this.list.push({ line, column, reason: inline(reason) });
  }

  get full(): boolean {
    return this.list.length >= MOST;
  }
}
