import { transmissionDateTime, tehran } from '../ops/clock.ts';
import type { Answer, Good } from './answer.ts';
import type { PagesFile } from './language/schema.ts';
import { APPROVED, type AnswerValue, type Computed, type RequestValue } from './language/values.ts';
import { amountsOf, formatTotals } from './wire/computed.ts';
import { listCodec } from './wire/list.ts';
import { toPage } from './wire/page.ts';
import type { Vocabulary, Say } from './wire/write.ts';

/** What the gateway says in an answer, by the names that profiles place. */
export interface Saying {
  readonly answer: Answer;
  readonly now: number;
  /** A value of the request that is answered. */
  readonly asked: (name: RequestValue) => string | undefined;
}

const VALUES: Readonly<Record<AnswerValue, Say<Saying>>> = {
  code: ({ answer }) => answer.rc,
  now: ({ now }) => transmissionDateTime(now),
  nowLocalTime: ({ now }) => tehran(now).time,
  nowLocalDate: ({ now }) => tehran(now).date,
  rrn: ({ answer }) => answer.rrn,
  authCode: ({ answer }) => answer.authCode,
  // What the parts add up to: of a device that says the card part alone, the request does not know it.
  total: ({ answer, asked }) => {
    const { voucherRials, cardRials, cashRials } = answer;
    if (voucherRials === undefined) return APPROVED.has(answer.rc) ? asked('total') : undefined;
    return String(voucherRials + (cardRials ?? 0n) + (cashRials ?? 0n));
  },
  voucher: ({ answer }) => answer.voucherRials?.toString(),
  card: ({ answer }) => answer.cardRials?.toString(),
  cash: ({ answer }) => answer.cashRials?.toString(),
  left: ({ answer }) => answer.creditLeftRials?.toString(),
  quoteRef: ({ answer }) => answer.quoteRef,
  // also where the answer says nothing of it: the one that was asked for
  quote: ({ answer, asked }) => answer.quoteRef ?? asked('quoteRef'),
  receiptToken: ({ answer }) => answer.receiptToken,
  text: ({ answer }) => answer.text,
  news: ({ answer }) => answer.news,
  creditDates: ({ answer }) => answer.creditDates,
  chunk: ({ answer }) => answer.chunk,
  certificate: ({ answer }) => answer.certificate,
  fault: ({ answer }) => answer.fault,
  tpk: ({ answer }) => answer.keyBlocks?.tpk,
  tak: ({ answer }) => answer.keyBlocks?.tak,
  goods: () => undefined, // in pages only
  page: ({ answer }) => answer.page?.toString(),
  lastPage: () => undefined,
  stan: ({ asked }) => asked('stan'),
  terminal: ({ asked }) => asked('terminal'),
};

const NUMBERS: ReadonlySet<string> = new Set(['total', 'voucher', 'card', 'cash', 'left', 'page', 'lastPage']);

const COMPUTED: Readonly<Record<Computed, Say<Saying>>> = {
  amounts: ({ answer }) => amountsOf(answer),
  totals: ({ answer }) => (answer.totals === undefined ? undefined : formatTotals(answer.totals, answer.currency)),
};

/** @param codes our response code → that of the wire
 *  @param pages how the goods list is cut, where it is told at all */
export function answerVocabulary(
  codes: Readonly<Record<string, string>>,
  pages: PagesFile | undefined,
): Vocabulary<Saying> {
  const map = new Map(Object.entries(codes));
  const code: Say<Saying> = map.size === 0 ? VALUES.code : ({ answer }) => map.get(answer.rc) ?? answer.rc;
  const lastPage: Say<Saying> = ({ answer }) =>
    pages === undefined || answer.goods === undefined
      ? undefined
      : String(Math.max(1, cut(answer.goods, pages).length));
  return {
    value: (name) => (name === 'code' ? code : name === 'lastPage' ? lastPage : VALUES[name as AnswerValue]),
    isNumber: (name) => NUMBERS.has(name),
    computed: (name) => COMPUTED[name],
    list: (file) => {
      const codec = listCodec(file);
      return ({ answer }) => (answer.lines === undefined ? undefined : codec.writeVerdicts(answer.lines));
    },
    goods:
      (file) =>
      ({ answer }) =>
        answer.goods === undefined ? undefined : cut(answer.goods, file)[(answer.page ?? 1) - 1],
  };
}

/** The goods list as text, in pages: a page may end inside a good, and the device puts them together. */
function cut(goods: readonly Good[], { pages: size, row, between, end, page = 'utf8' }: PagesFile): string[] {
  const rows = goods.map((good) => {
    const members = {
      code: good.code,
      category: good.category,
      unit: good.unit ?? '',
      cap: good.capRials?.toString() ?? '',
      name: good.nameFa,
    };
    return row.map((member) => members[member].replaceAll(between, ' ').replaceAll(end, ' ')).join(between) + end;
  });
  const wire = toPage(rows.join(''), page);
  const pages: string[] = [];
  let text = '';
  let bytes = 0;
  for (const character of wire) {
    const size1 = page === 'utf8' ? Buffer.byteLength(character) : 1;
    if (bytes + size1 > size) {
      pages.push(text);
      text = '';
      bytes = 0;
    }
    text += character;
    bytes += size1;
  }
  if (text !== '') pages.push(text);
  return pages;
}
