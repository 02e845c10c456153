import type { Message } from '../../../src/codec/index.ts';
import { isSecurityControl } from '../../../src/field/key-scheme.ts';
import { parseBasket } from './basket.ts';
import { readCard } from './card.ts';
import type {
  Common,
  EncryptedPin,
  Financial,
  Mapped,
  OriginalRef,
  Refusal,
} from '../../../src/profiles/transaction.ts';
import { readTotals } from './totals.ts';

/** The transaction that a message of the wire contract stands for (wire.md 3, 4, 5). What must be there is there; what is left
 *  are meanings.
 *  @returns a refusal: RC 12 unknown MTI or DE 3, 13 amount, 30 format, the last two with the field at fault */
export function readNative(message: Message): Mapped {
  switch (message.mti) {
    case '0200':
    case '0201':
      return financial(message);
    case '0400':
    case '0401':
    case '0420':
    case '0421':
      return reversal(message);
    case '0220':
    case '0221':
      return advice(message);
    case '0500':
    case '0501':
    case '0520':
    case '0521':
      return dateFault(message) ?? { kind: 'totals', claimed: readTotals(message), ...withMerchant(message) };
    case '0800':
    case '0801':
      return (
        keySchemeFault(message) ?? {
          kind: 'network',
          code: networkCode(message) ?? '',
          wanted: message.get('48.35'),
          report: message.get('48.37'),
          request: message.get('48.38'),
          certificate: message.get('48.39'),
          ...common(message),
        }
      );
    default:
      return refused('12', undefined, `MTI ${message.mti} is not served`);
  }
}

/** DE 70 of an 0800 or its repeat. */
export function networkCode(message: Message): string | undefined {
  return message.mti === '0800' || message.mti === '0801' ? (message.get(70) ?? '') : undefined;
}

function common(message: Message): Common {
  return {
    mti: message.mti,
    terminal: message.get(41) ?? '',
    merchant: message.get(42),
    stan: message.get(11) ?? '',
    transmission: message.get(7) ?? '',
    localTime: message.get(12) ?? '',
    localDate: message.get(13) ?? '',
    softwareVersion: message.get('48.02'),
  };
}

function withMerchant(message: Message): Common & { merchant: string } {
  return { ...common(message), merchant: message.get(42) ?? '' };
}

function refused(rc: string, path: string | undefined, reason: string): Refusal {
  return { kind: 'refused', rc, path, reason };
}

function financial(message: Message): Mapped {
  // What is not served is told before anything that is wrong in it.
  const reads = FINANCIAL[message.get(3) ?? ''];
  if (reads === undefined) return refused('12', undefined, 'processing code is not served');
  const base = readFinancial(message);
  return 'kind' in base ? base : reads(base, message);
}

type Read = (base: Financial, message: Message) => Mapped;

/** wire.md 4. */
const FINANCIAL: Readonly<Record<string, Read>> = {
  '179800': (base, message) => purchase(base, message, 'card'),
  '179898': (base, message) => purchase(base, message, 'cash'),
  '000000': (base) => (base.totalRials === 0n ? zeroAmount() : { kind: 'forward', ...base }),
  '310000': (base) => ({ kind: 'forward', ...base }),
  '279800': readReturn,
  '379800': quote,
  '479800': (base, message) => {
    const quoteRef = message.get('48.14');
    if (quoteRef === undefined || !/^\d{13}$/.test(quoteRef)) return refused('30', '48.14', 'no quote reference');
    return { kind: 'quote-release', quoteRef, ...base };
  },
};

/** Every DE 3 that is served. */
export const PROCESSING_CODES: ReadonlySet<string> = new Set(Object.keys(FINANCIAL));

function zeroAmount(): Refusal {
  return refused('13', '4', 'zero');
}

function purchase(base: Financial, message: Message, rest: 'card' | 'cash'): Mapped {
  if (base.totalRials === 0n) return zeroAmount();
  const basket = readBasket(message);
  if (basket === null) return refused('30', '48.01', 'not a basket');
  const quoteRef = message.get('48.14');
  if (quoteRef !== undefined && !/^\d{13}$/.test(quoteRef)) return refused('30', '48.14', 'not a quote reference');
  return { kind: 'purchase', rest, basket, quoteRef, totalOf: 'all', confirmWithinMs: undefined, ...base };
}

function quote(base: Financial, message: Message): Mapped {
  const basket = readBasket(message);
  if (basket === null) return refused('30', '48.01', 'not a basket');
  const flag = message.get('48.15');
  if (flag !== undefined && flag !== '0' && flag !== '1') return refused('30', '48.15', 'neither 0 nor 1');
  return { kind: 'quote', basket, reserve: flag === '1' && base.totalRials > 0n, ...base };
}

function readReturn(base: Financial, message: Message): Mapped {
  if (base.totalRials === 0n) return zeroAmount();
  const originalRrn = message.get('48.10')?.trim();
  if (originalRrn === undefined || !/^[0-9A-Za-z]{12}$/.test(originalRrn))
    return refused('30', '48.10', 'no RRN of a purchase');
  return { kind: 'return', originalRrn, ...base };
}

/** undefined: no basket; null: not a well-formed one. */
function readBasket(message: Message): ReturnType<typeof parseBasket> | null {
  const text = message.get('48.01');
  return text === undefined ? undefined : (parseBasket(text) ?? null);
}

function readFinancial(message: Message): Financial | Refusal {
  const base = withMerchant(message);
  const fault = sharedFault(message);
  if (fault !== undefined) return fault;
  if (!ENTRY_MODES.has(message.get(22) ?? '')) return refused('30', '22', 'not 021, 051 or 071');
  const wrongScheme = keySchemeFault(message);
  if (wrongScheme !== undefined) return wrongScheme;
  const card = readCard(message);
  if ('kind' in card) return card;
  const pin = readPin(message);
  if (pin !== undefined && 'kind' in pin) return pin;
  return {
    processingCode: message.get(3) ?? '',
    totalRials: BigInt(message.get(4) ?? '0'),
    card,
    pin,
    posEntryMode: message.get(22) ?? '',
    emv: message.get(55),
    ...base,
  };
}

/** wire.md 3, DE 22: stripe, chip, contactless. */
const ENTRY_MODES = new Set(['021', '051', '071']);

/** wire.md 3, DE 53; absent where there is neither PIN nor DUKPT. */
function keySchemeFault(message: Message): Refusal | undefined {
  const text = message.get(53);
  return text === undefined || isSecurityControl(text)
    ? undefined
    : refused('30', '53', 'not a key scheme 01 to 04 and zeros');
}

/** A date of some year: 29 February too, which freshness.ts gives its year. */
const DATE = /^(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2\d)|(?:0[13-9]|1[0-2])30|(?:0[13578]|1[02])31)$/;
const TIME = /^([01]\d|2[0-3])[0-5]\d[0-5]\d$/;

/** What every money message must get right beyond the mere presence of its fields. */
function sharedFault(message: Message): Refusal | undefined {
  if (message.get(49) !== '364') return refused('30', '49', 'currency is not 364');
  if (message.get(11) === '000000') return refused('30', '11', 'STAN is zero');
  return dateFault(message);
}

function dateFault(message: Message): Refusal | undefined {
  if (!TIME.test(message.get(12) ?? '')) return refused('30', '12', 'not a time of day');
  if (!DATE.test(message.get(13) ?? '')) return refused('30', '13', 'not a date');
  const at = message.get(7) ?? '';
  if (!DATE.test(at.slice(0, 4)) || !TIME.test(at.slice(4))) return refused('30', '7', 'not a date and time');
  return undefined;
}

function readPin(message: Message): EncryptedPin | Refusal | undefined {
  const aes = message.get('48.20');
  if (aes !== undefined) {
    if (!/^[0-9A-Fa-f]{32}$/.test(aes)) return refused('30', '48.20', 'not 32 hexadecimal digits');
    return { block: Buffer.from(aes, 'hex'), format: 4 };
  }
  const block = message.bytes(52);
  // wire.md 3: format 0; 3 is accepted too, and only the HSM can tell which of the two it is.
  return block === undefined ? undefined : { block, format: 0 };
}

/** DE 90: MTI(4) STAN(6) DE 7(10) DE 32(11) zeros(11). With DE 37, which counts where DE 90 names nothing that is known. */
function readOriginal(message: Message): OriginalRef | undefined {
  const text = message.get(90) ?? '';
  const match = /^(\d{4})(\d{6})(\d{10})\d{22}$/.exec(text);
  if (match === null) return undefined;
  const [, mti = '', stan = '', transmission = ''] = match;
  return { mti, stan, transmission, rrn: message.get(37) };
}

function reversal(message: Message): Mapped {
  const fault = sharedFault(message);
  if (fault !== undefined) return fault;
  const original = readOriginal(message);
  if (original === undefined) return refused('30', '90', 'not the data of an original');
  const corrected = message.get(95);
  if (corrected !== undefined && !/^\d{12}/.test(corrected)) return refused('30', '95', 'no corrected total');
  const totalRials = BigInt(message.get(4) ?? '0');
  const correctedRials = corrected === undefined ? undefined : BigInt(corrected.slice(0, 12));
  if (totalRials === 0n) return zeroAmount();
  if (correctedRials !== undefined && correctedRials >= totalRials) return refused('13', '95', 'not below the total');
  return {
    kind: 'reversal',
    original,
    totalRials,
    correctedRials,
    reason: message.get(39) ?? '68',
    ...withMerchant(message),
  };
}

function advice(message: Message): Mapped {
  const fault = sharedFault(message);
  if (fault !== undefined) return fault;
  const original = readOriginal(message);
  if (original === undefined) return refused('30', '90', 'not the data of an original');
  return { kind: 'advice', original, totalRials: BigInt(message.get(4) ?? '0'), ...withMerchant(message) };
}
