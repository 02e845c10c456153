import type { Message } from '../../codec/index.ts';
import type { Answer, ClaimedTotals, Total } from '../../profiles/index.ts';
import type { RequestKind } from '../case.ts';
import type { SeenRequest } from '../seen.ts';

/** What the scripted gateway side remembers: enough to know repeats and to check totals. No money, no database. */

export interface Entry {
  readonly seen: SeenRequest;
  readonly content: string;
  readonly answer: Answer;
  readonly kind: RequestKind;
  readonly rials: bigint;
  approved: boolean;
  /** Reversed, and for which reason (DE 39). */
  reversed: string | undefined;
}

interface Sum {
  count: number;
  rials: bigint;
}

const NOT_CONTENT = new Set([7, 52, 53, 64, 128]);

export class Books {
  readonly #entries = new Map<string, Entry>();
  /** Since the totals last agreed. */
  #open: Entry[] = [];
  /** Originals that were reversed before they came, by their name. */
  readonly #tombstones = new Set<string>();

  find(message: Message): Entry | undefined {
    return this.#entries.get(keyOf(message));
  }

  /** What a DE 90 names. */
  named(named: string): Entry | undefined {
    return [...this.#entries.values()].find(
      ({ seen: { message }, kind }) =>
        kind !== 'reversal' &&
        kind !== 'advice' &&
        named.slice(4, 20) === `${message.get(11) ?? ''}${message.get(7) ?? ''}`,
    );
  }

  /** The last transaction of this content whose STAN, date and time are the same. */
  enter(entry: Entry): void {
    this.#entries.set(keyOf(entry.seen.message), entry);
    this.#open.push(entry);
  }

  /** @param named DE 90
   *  @returns what it names */
  reverse(named: string, reason: string): Entry | undefined {
    const found = this.named(named);
    if (found === undefined) this.#tombstones.add(named.slice(4, 20));
    else found.reversed ??= reason;
    return found;
  }

  /** Whether a reversal of this message came before it. */
  isTakenBack(message: Message): boolean {
    return this.#tombstones.has(`${message.get(11) ?? ''}${message.get(7) ?? ''}`);
  }

  /** STANs begin anew: of a PSP whose inquiries say no time, an old one would name a new one. */
  renumber(): void {
    this.#entries.clear();
  }

  close(): void {
    this.#open = [];
  }

  /** What is certain: approved and heard. What was reversed for want of an answer may be counted on both sides, or on none. */
  totals(): { purchases: Total; reversals: Total; returns: Total; returnReversals: Total } {
    const sums = { purchases: sum(), reversals: sum(), returns: sum(), returnReversals: sum() };
    for (const entry of this.#open) {
      const { kind, approved, reversed, rials } = entry;
      if (!approved || unsure(entry)) continue;
      if (kind === 'purchase' || kind === 'ordinary') {
        add(sums.purchases, rials);
        if (reversed !== undefined) add(sums.reversals, rials);
      } else if (kind === 'return') {
        add(sums.returns, rials);
        if (reversed !== undefined) add(sums.returnReversals, rials);
      }
    }
    return sums;
  }

  /** @returns why the device's totals do not agree; undefined: they do */
  disagreement(claimed: ClaimedTotals): string | undefined {
    const ours = this.totals();
    const open = this.#open.filter((entry) => entry.approved && unsure(entry));
    const both = (kinds: readonly RequestKind[]): number => open.filter(({ kind }) => kinds.includes(kind)).length;
    return (
      apart('purchases', claimed.debits, ours.purchases, claimed.debitReversals, ours.reversals, both(['purchase', 'ordinary'])) ?? // prettier-ignore
      apart('returns', claimed.credits, ours.returns, claimed.creditReversals, ours.returnReversals, both(['return']))
    );
  }
}

/** Reversed because no answer was heard: nobody can ask of a device whether it counts such a pair. */
function unsure({ reversed }: Entry): boolean {
  return reversed !== undefined && reversed !== '17';
}

type Side = { readonly count: number | undefined; readonly rials: bigint | undefined };

function apart(what: string, claim: Side, ours: Total, back: Side, ourBack: Total, pairs: number): string | undefined {
  const more = (claim.count ?? 0) - ours.count;
  const moreBack = (back.count ?? 0) - ourBack.count;
  const rials = (claim.rials ?? 0n) - ours.rials;
  const rialsBack = (back.rials ?? 0n) - ourBack.rials;
  if (more === moreBack && more >= 0 && more <= pairs && rials === rialsBack && (more > 0 || rials === 0n))
    return undefined;
  return (
    `${what}: the device counts ${claim.count ?? 0} (${String(claim.rials ?? 0n)} rials) and ${back.count ?? 0} reversed ` +
    `(${String(back.rials ?? 0n)}), the gateway ${ours.count} (${String(ours.rials)}) and ${ourBack.count} (${String(ourBack.rials)})`
  );
}

function sum(): Sum {
  return { count: 0, rials: 0n };
}

function add(to: Sum, rials: bigint): void {
  to.count++;
  to.rials += rials;
}

/** A late message that has STAN and time of what it names is another transaction all the same: so some PSPs have it. */
function keyOf(message: Message): string {
  const own = message.get(90)?.slice(4, 10) === message.get(11) ? `${message.mti.slice(0, 3)} ` : '';
  return own + [12, 13, 11].map((de) => message.get(de) ?? '').join('/');
}

/** Everything that makes two requests the same transaction (wire.md 9.1). */
export function contentOf(message: Message): string {
  const cls = message.mti.startsWith('04') ? '04' : message.mti.slice(0, 3);
  const parts = message
    .fields()
    .filter((de) => !NOT_CONTENT.has(de))
    .map((de) => `${de}=${valueOf(message, de)}`);
  return `${cls}|${parts.join('|')}`;
}

function valueOf(message: Message, de: number): string {
  if (de !== 48) return message.get(de) ?? '';
  const entries = message.entries(48).filter(({ key }) => key !== '20' && key !== '21');
  return entries.map(({ key, value }) => `${key}:${value}`).join(';');
}
