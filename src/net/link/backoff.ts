/** How long to wait before attempt `attempt` (0 is the first retry): doubles from `baseMs` up to `capMs`, and is then
 *  spread over its upper half, so that many clients of one failed bank do not return in step.
 *  @param random a number in [0, 1) */
export function backoffMs(attempt: number, baseMs: number, capMs: number, random: () => number): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
