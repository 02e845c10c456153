/** What a device remembers of a purchase or quote, because the PSP's messages must repeat it and the contract's do not. */
export interface Remembered {
  readonly quoteRef?: string | undefined;
  /** DE 4 as it was sent. */
  readonly total?: string | undefined;
  readonly rrn?: string | undefined;
  readonly voucherRials?: bigint | undefined;
  readonly cardRials?: bigint | undefined;
}

/** The same as text, for a device that keeps it through a power cut. No PAN, no PIN. */
export type Told = Readonly<Partial<Record<keyof Remembered, string>>>;

const MOST_REMEMBERED = 1_000;

/** Remembers so many, and forgets the oldest. */
export class Memory {
  readonly #held = new Map<string, Remembered>();

  get(key: string): Remembered | undefined {
    return this.#held.get(key);
  }

  set(key: string, what: Remembered): void {
    if (this.#held.size >= MOST_REMEMBERED && !this.#held.has(key))
      this.#held.delete(this.#held.keys().next().value ?? '');
    this.#held.set(key, what);
  }
}

export function toldOf(remembered: Remembered): Told {
  const present = Object.entries(remembered as Record<string, string | bigint | undefined>);
  return Object.fromEntries(present.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

export function rememberedOf({ voucherRials, cardRials, ...told }: Told): Remembered {
  return {
    ...told,
    ...(voucherRials === undefined ? {} : { voucherRials: BigInt(voucherRials) }),
    ...(cardRials === undefined ? {} : { cardRials: BigInt(cardRials) }),
  };
}
