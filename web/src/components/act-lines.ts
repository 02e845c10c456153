/** One thing that an act changes, in the reader's words. */
export interface Line {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** What somebody else changed between two readings: of each line, what was seen and what is now.
 *  @param seen and `now`: the lines of an act on either */
export function changedLines(seen: readonly Line[], now: readonly Line[]): readonly Line[] {
  return now.flatMap(({ what, before }) => {
    const was = seen.find((line) => line.what === what)?.before ?? '—';
    return was === before ? [] : [{ what, before: was, after: before }];
  });
}
