import type { SettlementHead, SettlementLine } from './day.ts';

const COLUMNS = [
  'sequence',
  'kind',
  'terminal',
  'merchant',
  'local_date',
  'local_time',
  'stan',
  'rrn',
  'mti',
  'processing_code',
  'masked_pan',
  'response_code',
  'total_rials',
  'voucher_rials',
  'card_rials',
  'settlement_date',
  'sheba',
  'fee_rials',
] as const;

/** RFC 4180 with a header line, LF. No field of ours holds a comma or a quotation mark. */
export function csv(
  head: SettlementHead,
  lines: readonly SettlementLine[],
  shebaOf: (merchant: string) => string,
): string {
  const rows = lines.map((line) => [
    line.seq,
    line.kind,
    line.terminal,
    line.merchant,
    line.localDate,
    line.localTime,
    line.stan,
    line.rrn,
    line.mti,
    line.processingCode,
    line.maskedPan,
    line.responseCode,
    line.totalRials,
    line.voucherRials,
    line.cardRials,
    head.day,
    shebaOf(line.merchant),
    0,
  ]);
  return [COLUMNS, ...rows].map((row) => row.join(',') + '\n').join('');
}
