import type { Codec, FieldInput, Message } from '../../codec/index.ts';
import { formatBasket, type Transaction } from '../../profiles/index.ts';

/** What is known of the original that a reversal or advice names. */
export interface Original {
  readonly said: Message;
  readonly message: Message;
}

/** A request of another profile in the contract's words, so that every case looks at it in the same way. What the PSP's message does not
 *  say stands as the profile derives it.
 *  @param totalRials of a purchase that says its card part alone, the total of its quote */
export function inContract(
  tx: Transaction,
  said: Message,
  codec: Codec,
  { totalRials, original }: { readonly totalRials: bigint | undefined; readonly original: Original | undefined },
): Message {
  const fields: Record<string, FieldInput | undefined> = {
    7: ofDigits(tx.transmission, 10),
    11: tx.stan,
    12: ofDigits(tx.localTime, 6),
    13: ofDigits(tx.localDate, 4),
    41: tx.terminal,
    42: tx.merchant,
    ...contentOf(tx, said, totalRials, original),
  };
  const tags = { ...(fields[48] as object | undefined), ...(tx.softwareVersion === undefined ? {} : { '02': tx.softwareVersion }) }; // prettier-ignore
  const present = Object.entries({ ...fields, 48: Object.keys(tags).length === 0 ? undefined : tags });
  const mti = tx.mti.startsWith('01') ? `02${tx.mti.slice(2)}` : tx.mti;
  return codec.decode(
    codec.encode({ mti, fields: Object.fromEntries(present.filter(([, value]) => value !== undefined)) }),
  );
}

function ofDigits(text: string, count: number): string | undefined {
  return text.length === count ? text : undefined;
}

function n12(rials: bigint): string {
  return String(rials).padStart(12, '0');
}

function contentOf(
  tx: Transaction,
  said: Message,
  totalRials: bigint | undefined,
  original: Original | undefined,
): Record<string, FieldInput | undefined> {
  switch (tx.kind) {
    case 'network':
      return { 70: tx.code };
    case 'totals':
    case 'goods':
      return {};
    case 'reversal':
    case 'advice': {
      const { mti, stan, transmission, rrn } = tx.original;
      /** An element as its original has it, where the PSP says the same in both. */
      const same = (de: number): string | undefined =>
        original !== undefined && original.said.get(de) === said.get(de) ? original.message.get(de) : said.get(de);
      return {
        3: original === undefined ? '179800' : same(3),
        4: same(4),
        25: '00',
        37: rrn,
        39: tx.kind === 'reversal' ? tx.reason : undefined,
        49: '364',
        90: (mti + stan + transmission).padEnd(42, '0'),
      };
    }
    default: {
      const pin = tx.pin?.block.toString('hex').toUpperCase();
      const basket = 'basket' in tx && tx.basket !== undefined ? { '01': formatBasket(tx.basket) } : {};
      const quote = 'quoteRef' in tx && tx.quoteRef !== undefined ? { '14': tx.quoteRef } : {};
      const reserve = tx.kind === 'quote' && tx.reserve ? { '15': '1' } : {};
      const back = tx.kind === 'return' ? { '10': tx.originalRrn } : {};
      return {
        3: CODES[tx.kind] ?? (tx.kind === 'purchase' ? (tx.rest === 'cash' ? '179898' : '179800') : tx.processingCode),
        4: n12(totalRials ?? tx.totalRials),
        22: tx.posEntryMode,
        25: '00',
        35: tx.card.track2,
        49: '364',
        52: tx.pin?.format === 4 ? undefined : pin,
        48: { ...basket, ...quote, ...reserve, ...back, ...(tx.pin?.format === 4 ? { '20': pin ?? '' } : {}) },
      };
    }
  }
}

const CODES: Readonly<Record<string, string>> = { quote: '379800', 'quote-release': '479800', return: '279800' };
