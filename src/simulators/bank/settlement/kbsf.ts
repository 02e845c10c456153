import { createHash } from 'node:crypto';
import { tehran } from '../../../ops/clock.ts';
import type { SettlementHead, SettlementLine } from './day.ts';

/** KBSF v1: lines H, D, T between `|`, the trailer with the SHA-256 of all before it. Source: domain/04. */
export function kbsf(
  head: SettlementHead,
  lines: readonly SettlementLine[],
  shebaOf: (merchant: string) => string,
): string {
  const date = compact(head.day);
  const created = tehran(head.createdAt);
  const header = ['H', 'KBSF', '1', head.psp, date, head.cycle, head.sequence];
  header.push(compact(created.isoDate) + created.time, 'IRR', 'Asia/Tehran');
  let text = header.join('|') + '\n';
  for (const line of lines) text += detail(line, date, shebaOf(line.merchant));
  const total = (kind: SettlementLine['kind']): bigint =>
    lines.reduce((sum, line) => (line.kind === kind ? sum + line.totalRials : sum), 0n);
  const [sales, reversals] = [total('SALE'), total('REV')];
  const hash = createHash('sha256').update(text).digest('hex');
  return `${text}T|${lines.length}|${sales}|${reversals}|${sales - reversals}|${hash}\n`;
}

function detail(line: SettlementLine, date: string, sheba: string): string {
  const { seq, terminal, merchant, localDate, localTime, stan, rrn, mti, processingCode } = line;
  const what = [seq, terminal, merchant, compact(localDate) + localTime, stan, rrn, mti, processingCode];
  const money = [line.maskedPan, line.responseCode, line.kind, line.totalRials, line.voucherRials, line.cardRials];
  return ['D', ...what, ...money, '', date, sheba, 0, 0].join('|') + '\n';
}

export function compact(isoDate: string): string {
  return isoDate.replaceAll('-', '');
}
