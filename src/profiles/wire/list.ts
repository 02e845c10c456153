import type { AnswerLine } from '../answer.ts';
import type { BasketLine } from '../basket.ts';
import type { ListFile } from '../language/schema.ts';
import type { BasketMember, VerdictMember } from '../language/values.ts';

const MOST_LINES = 30;
const DIGITS = /^\d+$/;

interface Column {
  readonly member: BasketMember | VerdictMember;
  readonly from: number;
  readonly to: number;
}

/** The lines of a basket, and of what an answer says of them: members of fixed widths, line behind line. */
export interface ListCodec {
  /** @param totalRials what lines without amounts are spread over
   *  @returns undefined for what is not a well-formed basket with quantities and amounts above zero */
  readBasket(text: string, totalRials: bigint): BasketLine[] | undefined;
  writeBasket(lines: readonly BasketLine[]): string;
  readVerdicts(text: string): AnswerLine[] | undefined;
  writeVerdicts(lines: readonly AnswerLine[]): string;
}

export function listCodec(file: ListFile): ListCodec {
  const columns: Column[] = [];
  let width = 0;
  for (const [member, wide] of file.of) {
    columns.push({ member: member, from: width, to: width + wide });
    width += wide;
  }
  const column = (member: Column['member']): Column | undefined => columns.find((each) => each.member === member);
  const [goods, unit, quantity, amount] = (['goods', 'unit', 'quantity', 'amount'] as const).map(column);
  const [verdict, voucher] = (['verdict', 'voucher'] as const).map(column);
  const head = file.count ?? 0;
  const most = file.most ?? MOST_LINES;

  /** Where lines begin; undefined where the text has not whole lines, or not as many as it says. */
  const starts = (text: string): number[] | undefined => {
    const long = text.length - head;
    const lines = long / width;
    if (long <= 0 || long % width !== 0 || lines > most || !DIGITS.test(text)) return undefined;
    if (head > 0 && Number(text.slice(0, head)) !== lines) return undefined;
    return Array.from({ length: lines }, (_, n) => head + n * width);
  };
  const written = <L>(lines: readonly L[], member: (line: L, column: Column) => string): string => {
    let text = head === 0 ? '' : String(lines.length).padStart(head, '0');
    for (const line of lines) {
      for (const each of columns) {
        const wide = each.to - each.from;
        const value = each.member === 'filler' ? '' : member(line, each);
        text += value.length > wide ? '9'.repeat(wide) : value.padStart(wide, '0');
      }
    }
    return text;
  };
  const units = Object.entries(file.units ?? {});

  return {
    readBasket(text, totalRials) {
      const at = starts(text);
      if (at === undefined || goods === undefined) return undefined;
      const lines: BasketLine[] = [];
      for (const start of at) {
        const cut = (of: Column | undefined, otherwise: string): string =>
          of === undefined ? otherwise : text.slice(start + of.from, start + of.to);
        const measured = measureOf(cut(unit, '00'), Number(cut(quantity, '1')), file.units);
        if (measured === undefined) return undefined;
        const amountRials = amount === undefined ? 0n : BigInt(cut(amount, '0'));
        if (measured.quantity === 0 || (amount !== undefined && amountRials === 0n)) return undefined;
        lines.push({ goods: cut(goods, '').padStart(13, '0'), ...measured, amountRials });
      }
      return amount === undefined ? spread(lines, totalRials, file.amounts ?? 'even') : lines;
    },
    writeBasket: (lines) =>
      written(lines, (line, { member, from, to }) => {
        const [name, how] = units.find(([, { unit: is }]) => is === line.unit) ?? [line.unit, undefined];
        if (member === 'goods') return line.goods.slice(-(to - from));
        if (member === 'unit') return name;
        if (member === 'quantity') return String(Math.round((line.quantity * (how?.per ?? 1)) / (how?.times ?? 1)));
        return String(line.amountRials);
      }),
    readVerdicts(text) {
      return starts(text)?.map((start) => ({
        verdict: (verdict === undefined
          ? '00'
          : text.slice(start + verdict.from, start + verdict.to)) as AnswerLine['verdict'],
        voucherRials: voucher === undefined ? 0n : BigInt(text.slice(start + voucher.from, start + voucher.to)),
      }));
    },
    writeVerdicts: (lines) =>
      written(lines, (line, { member }) => (member === 'verdict' ? line.verdict : String(line.voucherRials))),
  };
}

/** A quantity of the wire in our units; undefined for a unit that there is none of, or a part of what is whole. */
function measureOf(
  unit: string,
  quantity: number,
  units: ListFile['units'],
): Pick<BasketLine, 'unit' | 'quantity'> | undefined {
  if (units === undefined) {
    return unit === '00' || unit === '01' || unit === '02' ? { unit, quantity } : undefined;
  }
  const how = units[unit];
  if (how === undefined) return undefined;
  const ours = (quantity * (how.times ?? 1)) / (how.per ?? 1);
  return Number.isInteger(ours) ? { unit: how.unit, quantity: ours } : undefined;
}

/** A total over lines that say no amounts: what is left over goes to the last.
 *  @returns undefined where a line would get nothing */
function spread(
  lines: readonly BasketLine[],
  totalRials: bigint,
  how: 'even' | 'by-quantity',
): BasketLine[] | undefined {
  if (totalRials === 0n) return undefined;
  const weights = lines.map((line) => (how === 'even' ? 1n : BigInt(line.quantity)));
  const all = weights.reduce((sum, weight) => sum + weight, 0n);
  let left = totalRials;
  const shares = lines.map((line, n) => {
    const amountRials = n === lines.length - 1 ? left : (totalRials * (weights[n] ?? 0n)) / all;
    left -= amountRials;
    return { ...line, amountRials };
  });
  return shares.every(({ amountRials }) => amountRials > 0n) ? shares : undefined;
}
