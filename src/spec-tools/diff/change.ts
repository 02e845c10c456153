/** Whom a change breaks. Old senders: what they send, the new dialect refuses or reads as something else. Old receivers: they
 *  refuse or misread what the new dialect may send. */
export type Breaks = 'nobody' | 'senders' | 'receivers' | 'both';

/** One difference between two versions of a dialect. */
export interface Change {
  /** `mti`, `bitmap`, `4`, `48.01`, `presence.020`. */
  readonly path: string;
  readonly change: string;
  readonly breaks: Breaks;
  readonly reason: string;
}

export type Tell = (path: string, change: string, breaks: Breaks, reason: string) => void;

/** Why, where the change says it all. */
export const WHY = {
  looser: 'old receivers refuse what may come now',
  stricter: 'the new refuses what old senders may send',
  otherBytes: 'the bytes on the wire differ',
  shown: 'only what pictures and logs show',
} as const;

/** A number that went up or down, where more is looser. */
export function bound(
  tell: Tell,
  path: string,
  name: string,
  before: number,
  after: number,
  moreIsLooser: boolean,
): void {
  if (before === after) return;
  const looser = after > before === moreIsLooser;
  tell(path, `${name} ${before} → ${after}`, looser ? 'receivers' : 'senders', looser ? WHY.looser : WHY.stricter);
}

/** What came and what went, of two lists. */
export function gone<T>(before: readonly T[], after: readonly T[]): { added: T[]; removed: T[]; kept: T[] } {
  return {
    added: after.filter((one) => !before.includes(one)),
    removed: before.filter((one) => !after.includes(one)),
    kept: after.filter((one) => before.includes(one)),
  };
}
