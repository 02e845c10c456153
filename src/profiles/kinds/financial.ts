import { isSecurityControl } from '../../field/key-scheme.ts';
import type { BasketLine } from '../basket.ts';
import { readCard } from '../card.ts';
import type { EncryptedPin, Financial, Mapped, Refusal } from '../transaction.ts';
import { rrnOfQuote } from '../wire/derived.ts';
import type { Source } from '../wire/source.ts';
import { refused, rialsOf, sharedFault, withMerchant, type Asked, type ReadKind } from './common.ts';

/** Purchases, quotes, returns, and what is forwarded: the requests with a card (wire.md 3, 4, 5). */

type ReadFinancial = (base: Financial, s: Source) => Mapped;

export function financial(asked: Asked, kind: ReadFinancial): ReadKind {
  return (s) => {
    const base = readFinancial(asked, s);
    return 'kind' in base ? base : kind(base, s);
  };
}

const QUOTE_REF = /^\d{13}$/;

export function purchase(asked: Asked): ReadKind {
  const { file, values, paths } = asked;
  const rest = file.rest === 'cash' ? 'cash' : 'card';
  const totalOf = file.amount === 'card' ? 'card' : 'all';
  const needed = file.quote === 'needed' || totalOf === 'card';
  const { confirmWithinMs } = file;
  return financial(asked, (base, s) => {
    // Of a purchase that the voucher covers, nothing is left for the card.
    if (base.totalRials === 0n && totalOf === 'all') return zeroAmount(paths.total);
    const basket = readBasket(asked, s, base.totalRials);
    if (basket === null) return refused('30', paths.basket, 'not a basket');
    const quoteRef = values.quoteRef(s);
    if (quoteRef === undefined ? needed : !QUOTE_REF.test(quoteRef))
      return refused('30', paths.quoteRef, 'not a quote reference');
    const quoteRrn = values.quoteRrn(s);
    if (quoteRrn !== undefined && quoteRef !== undefined && quoteRrn !== rrnOfQuote(quoteRef))
      return refused('25', paths.quoteRrn, 'not the RRN of the quote');
    return { kind: 'purchase', rest, basket, quoteRef, totalOf, confirmWithinMs, ...base };
  });
}

export function quote(asked: Asked): ReadKind {
  const { file, values, paths } = asked;
  const always = file.reserve === 'always';
  return financial(asked, (base, s) => {
    const basket = readBasket(asked, s, base.totalRials);
    if (basket === null) return refused('30', paths.basket, 'not a basket');
    const flag = values.reserve(s);
    if (flag !== undefined && flag !== '0' && flag !== '1') return refused('30', paths.reserve, 'neither 0 nor 1');
    return { kind: 'quote', basket, reserve: (always || flag === '1') && base.totalRials > 0n, ...base };
  });
}

export function quoteRelease(asked: Asked): ReadKind {
  const { values, paths } = asked;
  return financial(asked, (base, s) => {
    const quoteRef = values.quoteRef(s);
    if (quoteRef === undefined || !QUOTE_REF.test(quoteRef)) return refused('30', paths.quoteRef, 'no quote reference');
    return { kind: 'quote-release', quoteRef, ...base };
  });
}

export function returned(asked: Asked): ReadKind {
  const { values, paths } = asked;
  return financial(asked, (base, s) => {
    if (base.totalRials === 0n) return zeroAmount(paths.total);
    const originalRrn = values.purchaseRrn(s)?.trim();
    if (originalRrn === undefined || !/^[0-9A-Za-z]{12}$/.test(originalRrn))
      return refused('30', paths.purchaseRrn, 'no RRN of a purchase');
    return { kind: 'return', originalRrn, ...base };
  });
}

export function forward(asked: Asked): ReadKind {
  const { file, paths } = asked;
  const zero = file.zero === true;
  return financial(asked, (base) =>
    base.totalRials === 0n && !zero ? zeroAmount(paths.total) : { kind: 'forward', ...base },
  );
}

function zeroAmount(path: string): Refusal {
  return refused('13', path, 'zero');
}

/** undefined: no basket; null: not a well-formed one. */
function readBasket({ values, basket }: Asked, s: Source, totalRials: bigint): BasketLine[] | undefined | null {
  const text = values.basket(s);
  return text === undefined || basket === undefined ? undefined : (basket.readBasket(text, totalRials) ?? null);
}

function readFinancial(asked: Asked, s: Source): Financial | Refusal {
  const { values, paths, file } = asked;
  const base = withMerchant(asked, s);
  const fault = sharedFault(asked, base, s);
  if (fault !== undefined) return fault;
  const entryMode = values.entryMode(s) ?? '';
  if (!ENTRY_MODES.has(entryMode)) return refused('30', paths.entryMode, 'not 021, 051 or 071');
  const wrongScheme = keySchemeFault(asked, s);
  if (wrongScheme !== undefined) return wrongScheme;
  const card = readCard(values.pan(s), values.track2(s), () => values.expiry(s), paths);
  if ('kind' in card) return card;
  const pin = readPin(asked, s);
  if (pin !== undefined && 'kind' in pin) return pin;
  return {
    processingCode: file.processingAs ?? values.processing(s) ?? '',
    totalRials: rialsOf(values.total(s)),
    card,
    pin,
    posEntryMode: entryMode,
    emv: values.emv(s),
    ...base,
  };
}

/** wire.md 3, DE 22: stripe, chip, contactless. */
const ENTRY_MODES = new Set(['021', '051', '071']);

/** wire.md 3, DE 53; absent where there is neither PIN nor DUKPT. */
export function keySchemeFault({ values, paths }: Asked, s: Source): Refusal | undefined {
  const text = values.keyScheme(s);
  return text === undefined || isSecurityControl(text)
    ? undefined
    : refused('30', paths.keyScheme, 'not a key scheme 01 to 04 and zeros');
}

function readPin({ values, paths }: Asked, s: Source): EncryptedPin | Refusal | undefined {
  const aes = values.pinAes(s);
  if (aes !== undefined) {
    if (!/^[0-9A-Fa-f]{32}$/.test(aes)) return refused('30', paths.pinAes, 'not 32 hexadecimal digits');
    return { block: Buffer.from(aes, 'hex'), format: 4 };
  }
  const block = values.pin(s);
  if (block === undefined) return undefined;
  if (!/^[0-9A-Fa-f]{16}$/.test(block)) return refused('30', paths.pin, 'not 16 hexadecimal digits');
  // wire.md 3: format 0; 3 is accepted too, and only the HSM can tell which of the two it is.
  return { block: Buffer.from(block, 'hex'), format: 0 };
}
