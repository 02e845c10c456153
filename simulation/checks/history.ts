import { linearisable, type Finding, type Operation } from './linearisable.ts';

interface Asked {
  readonly kind: 'buy' | 'inquiry' | 'back';
  readonly amountRials?: bigint;
  /** Not all of it has to be paid by the voucher: a basket, a quote. */
  readonly partly?: boolean;
}

type Heard =
  | { readonly kind: 'open' }
  | { readonly kind: 'approved'; readonly voucherRials: bigint; readonly leftRials: bigint | undefined }
  | { readonly kind: 'declined' }
  | { readonly kind: 'reversed' }
  | { readonly kind: 'left'; readonly leftRials: bigint }
  | { readonly kind: 'gave'; readonly rials: bigint | undefined }
  | { readonly kind: 'nothing' };

export interface Span {
  approved(voucherRials: bigint, leftRials: bigint | undefined): void;
  declined(rc: string): void;
  reversed(): void;
  left(rials: bigint): void;
  gave(rials: bigint | undefined): void;
  nothing(): void;
}

interface Entry {
  readonly asked: Asked;
  readonly from: number;
  to: number;
  heard: Heard;
}

/** Declined before any credit was looked at, or because there is none: nothing was held meanwhile. */
const WITHOUT_HOLD = new Set([
  '03',
  '12',
  '13',
  '14',
  '25',
  '30',
  '40',
  '54',
  '57',
  '58',
  '61',
  '63',
  '65',
  '76',
  '94',
]);

/** What was asked about each household's credit between two rests, and what was heard. */
export class History {
  readonly #entries = new Map<number, Entry[]>();
  readonly #blurred = new Set<number>();
  #tick = 0;
  /** Of all checks. */
  readonly counts = { histories: 0, operations: 0, longest: 0, unknown: 0, blurred: 0 };

  begin(household: number, asked: Asked): Span {
    const entry: Entry = { asked, from: ++this.#tick, to: Number.POSITIVE_INFINITY, heard: { kind: 'open' } };
    const entries = this.#entries.get(household);
    if (entries === undefined) this.#entries.set(household, [entry]);
    else entries.push(entry);
    const end = (heard: Heard): void => {
      entry.heard = heard;
      entry.to = ++this.#tick;
    };
    return {
      approved: (voucherRials, leftRials) => {
        end({ kind: 'approved', voucherRials, leftRials });
      },
      declined: (rc) => {
        end(WITHOUT_HOLD.has(rc) ? { kind: 'nothing' } : { kind: 'declined' });
      },
      reversed: () => {
        end({ kind: 'reversed' });
      },
      left: (leftRials) => {
        end({ kind: 'left', leftRials });
      },
      gave: (rials) => {
        end({ kind: 'gave', rials });
      },
      nothing: () => {
        end({ kind: 'nothing' });
      },
    };
  }

  /** Something happened to this household that nobody here can follow: its history is not judged this time. */
  blur(household: number): void {
    this.#blurred.add(household);
  }

  /** Credit came or went meanwhile by itself: nothing is judged this time. */
  forget(): void {
    this.counts.blurred += this.#entries.size;
    this.#entries.clear();
    this.#blurred.clear();
  }

  /** Judges every household, and begins anew.
   *  @param before credit at the last rest
   *  @param now credit at this rest
   *  @returns histories that no order explains */
  judge(before: (household: number) => bigint, now: (household: number) => bigint): string[] {
    const faults: string[] = [];
    for (const [household, entries] of this.#entries) {
      if (this.#blurred.has(household) || entries.some(isVague)) {
        this.counts.blurred++;
        continue;
      }
      const operations = operationsOf(entries);
      this.counts.histories++;
      this.counts.operations += operations.length;
      this.counts.longest = Math.max(this.counts.longest, operations.length);
      const [start, end] = [before(household), now(household)];
      const finding: Finding = linearisable(operations, { credit: start, held: '' }, isEnd(end), keyOf);
      if (finding === 'unknown') this.counts.unknown++;
      if (finding === 'not linearisable') {
        const told = operations.map(({ label, from, to }) => `${from}-${to} ${label}`).join('; ');
        faults.push(`household ${household} had ${start}, has ${end}, and no order explains: ${told}`);
      }
    }
    this.#entries.clear();
    this.#blurred.clear();
    return faults;
  }
}

interface State {
  readonly credit: bigint;
  /** What open purchases hold: `index:rials` each. */
  readonly held: string;
}

const isEnd =
  (credit: bigint) =>
  (state: State): boolean =>
    state.credit === credit && state.held === '';
const keyOf = ({ credit, held }: State): string => `${credit} ${held}`;

/** How much of a basket was held while its bank was asked is not said. */
function isVague({ asked, heard }: Entry): boolean {
  return asked.partly === true && !['approved', 'nothing'].includes(heard.kind);
}

function operationsOf(entries: readonly Entry[]): Operation<State>[] {
  const operations: Operation<State>[] = [];
  for (const { asked, from, to, heard } of entries) {
    const times = { from, to };
    switch (heard.kind) {
      case 'left':
        operations.push({
          ...times,
          label: `inquiry ${heard.leftRials}`,
          after: (s) => (s.credit === heard.leftRials ? [s] : []),
        });
        break;
      case 'gave': {
        const { rials } = heard;
        if (rials !== undefined)
          operations.push({ ...times, label: `back ${rials}`, after: (s) => [{ ...s, credit: s.credit + rials }] });
        break;
      }
      case 'approved': {
        const { voucherRials, leftRials } = heard;
        const total = asked.amountRials ?? 0n;
        operations.push({
          ...times,
          label: `bought ${voucherRials} of ${total}, left ${leftRials ?? '-'}`,
          after: (s) => {
            const fits = asked.partly === true ? s.credit >= voucherRials : least(s.credit, total) === voucherRials;
            const left = s.credit - voucherRials;
            return fits && (leftRials === undefined || leftRials === left) ? [{ ...s, credit: left }] : [];
          },
        });
        break;
      }
      // Held for the bank's word, and given back: or refused at once, or never seen. When it gives back after a reversal that was
      // heard, the bank was still being asked: only the rest says when.
      case 'declined':
      case 'reversed':
      case 'open': {
        const id = String(operations.length);
        const total = asked.amountRials ?? 0n;
        if (asked.kind !== 'buy') break;
        operations.push({
          ...times,
          label: `may hold of ${total}`,
          optional: true,
          after: (s) => hold(s, id, total),
        });
        operations.push({
          from,
          to: heard.kind === 'declined' ? to : Number.POSITIVE_INFINITY,
          label: 'gives back what it held',
          follows: operations.length - 1,
          after: (s) => release(s, id),
        });
        break;
      }
      case 'nothing':
        break;
    }
  }
  return operations;
}

function hold(state: State, id: string, total: bigint): State[] {
  const taken = least(state.credit, total);
  return [{ credit: state.credit - taken, held: `${state.held}${id}:${taken},` }];
}

function release(state: State, id: string): State[] {
  const parts = state.held.split(',').filter(Boolean);
  const mine = parts.find((part) => part.startsWith(`${id}:`));
  if (mine === undefined) return [];
  const held = parts
    .filter((part) => part !== mine)
    .map((part) => `${part},`)
    .join('');
  return [{ credit: state.credit + BigInt(mine.slice(id.length + 1)), held }];
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
