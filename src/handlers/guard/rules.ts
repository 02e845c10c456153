/** What the guard counts. */
export type GuardedEvent =
  /** A voucher inquiry or quote: an answer about a card without its PIN. */
  | 'inquiry'
  /** A quote that reserves credit, without a PIN. */
  | 'reservation'
  /** RC 14: the card is not known to the scheme. */
  | 'unknown-card'
  /** RC 55 or 75. */
  | 'wrong-pin'
  /** RC 63. */
  | 'wrong-mac';

/** Over whom it is counted. */
export type GuardedBy = 'terminal' | 'shop' | 'address';

/** At most `most` events in `inMs`; what comes beyond is refused with RC 65, or blocks the terminal that sent it. */
export interface GuardRule {
  /** Stands in metrics, log and blocks. */
  readonly name: string;
  readonly event: GuardedEvent;
  readonly by: GuardedBy;
  readonly most: number;
  readonly inMs: number;
  readonly then: 'refuse' | 'block';
}

const MINUTE_MS = 60_000;
const TEN_MINUTES_MS = 10 * MINUTE_MS;

/** How many of each a busy honest shop stays far below: a customer takes a terminal half a minute at least. An address may be a
 *  whole chain behind one line, or the balancer before the gateway: there `guard.perAddress` is set to 0.
 *  @param scale `guard.scale`: every number times this; 0 switches the guard off
 *  @param perAddress `guard.perAddress`: questions without a PIN a minute from one address, 0 for no bound */
export function guardRules(scale: number, perAddress: number): readonly GuardRule[] {
  if (scale === 0) return [];
  const rule = (
    event: GuardedEvent,
    by: GuardedBy,
    most: number,
    inMs: number,
    then: GuardRule['then'],
  ): GuardRule => ({ name: `${event}-${by}-${then}`, event, by, most: Math.ceil(most * scale), inMs, then });
  const rules = [
    rule('inquiry', 'terminal', 60, MINUTE_MS, 'refuse'),
    rule('inquiry', 'terminal', 600, TEN_MINUTES_MS, 'block'),
    rule('inquiry', 'shop', 600, MINUTE_MS, 'refuse'),
    rule('reservation', 'terminal', 10, MINUTE_MS, 'refuse'),
    rule('reservation', 'shop', 60, MINUTE_MS, 'refuse'),
    rule('unknown-card', 'terminal', 40, TEN_MINUTES_MS, 'block'),
    rule('unknown-card', 'shop', 200, TEN_MINUTES_MS, 'block'),
    rule('wrong-pin', 'terminal', 40, TEN_MINUTES_MS, 'block'),
    rule('wrong-pin', 'shop', 200, TEN_MINUTES_MS, 'block'),
    rule('wrong-mac', 'terminal', 20, TEN_MINUTES_MS, 'block'),
  ];
  if (perAddress > 0) rules.push(rule('inquiry', 'address', perAddress, MINUTE_MS, 'refuse'));
  return rules;
}
