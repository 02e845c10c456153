import { createHash } from 'node:crypto';
import { GatewayError } from '../../../ops/errors.ts';
import type { Entry } from '../journal.ts';
import { camt053 } from './camt053.ts';
import { csv } from './csv.ts';
import { settlementLines, type SettlementHead, type SettlementLine } from './day.ts';
import { ipm } from './ipm.ts';
import { compact, kbsf } from './kbsf.ts';

/** Every format of files.md; the ipm ones by text encoding and blocking. */
export const SETTLEMENT_FORMATS = [
  'kbsf',
  'ipm',
  'ipm-ebcdic',
  'ipm-blocked',
  'ipm-ebcdic-blocked',
  'camt053',
  'csv',
] as const;
export type SettlementFormat = (typeof SETTLEMENT_FORMATS)[number];

export interface SettlementRequest extends SettlementHead {
  readonly format: SettlementFormat;
  /** IBAN of a merchant by its number; '' where it is not known. */
  readonly shebaOf?: (merchant: string) => string;
}

export interface SettlementFile {
  readonly name: string;
  readonly body: Buffer;
  readonly lines: number;
}

/** The simulated acquirer's own account: valid check digits, nobody's. */
const ACCOUNT = 'IR380170000000100000000001';
const RULES: Readonly<Record<'psp' | 'day' | 'cycle' | 'sequence', RegExp>> = {
  psp: /^[A-Z0-9]{3}$/,
  day: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/,
  cycle: /^\d{2}$/,
  sequence: /^\d{3}$/,
};

/** A format from outside. @throws GatewayError `bank.settlement` */
export function settlementFormat(text: string): SettlementFormat {
  const format = SETTLEMENT_FORMATS.find((name) => name === text);
  if (format !== undefined) return format;
  throw new GatewayError('bank.settlement', `${text}: a format is one of ${SETTLEMENT_FORMATS.join(', ')}.`);
}

/** The acquirer's settlement file of a day, out of the simulator's journal: the true counterpart for reconciliation.
 *  @throws GatewayError `bank.settlement` */
export function settlementFile(entries: readonly Entry[], request: SettlementRequest): SettlementFile {
  for (const [key, rule] of Object.entries(RULES)) {
    const value = request[key as keyof typeof RULES];
    if (!rule.test(value)) throw new GatewayError('bank.settlement', `${key} may not be ${JSON.stringify(value)}.`);
  }
  const lines = settlementLines(entries, request.day);
  return { name: fileName(request), body: bodyOf(request, lines), lines: lines.length };
}

/** The companion file of `domain/04`: the hash of the whole, as `sha256sum` writes it. */
export function sha256File({ name, body }: SettlementFile): { readonly name: string; readonly text: string } {
  return { name: `${name}.sha256`, text: `${createHash('sha256').update(body).digest('hex')}  ${name}\n` };
}

function bodyOf(request: SettlementRequest, lines: readonly SettlementLine[]): Buffer {
  const { format, shebaOf = () => '' } = request;
  switch (format) {
    case 'kbsf':
      return Buffer.from(kbsf(request, lines, shebaOf));
    case 'csv':
      return Buffer.from(csv(request, lines, shebaOf));
    case 'camt053':
      return Buffer.from(camt053(request, lines, shebaOf, ACCOUNT));
    case 'ipm':
    case 'ipm-ebcdic':
    case 'ipm-blocked':
    case 'ipm-ebcdic-blocked':
      return ipm(request, lines, shebaOf, {
        text: format.includes('ebcdic') ? 'ebcdic' : 'ascii',
        blocked: format.endsWith('blocked'),
      });
  }
}

function fileName({ format, psp, day, cycle, sequence }: SettlementRequest): string {
  const identity = `${psp}_${compact(day)}_${cycle}_${sequence}`;
  if (format === 'kbsf') return `KBSF_${identity}.txt`;
  if (format === 'csv') return `CSV_${identity}.csv`;
  if (format === 'camt053') return `CAMT053_${identity}.xml`;
  return `${format.toUpperCase()}_${identity}.ipm`;
}
