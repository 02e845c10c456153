import { formatBasket } from '../profiles/index.ts';
import type { Check, Line, RequestKind } from './case.ts';
import type { CaseSeen, SeenRequest } from './seen.ts';

/** Checks that cases are made of. Each is of one case; the watch looks at every case (watch.ts). */

const NAMES: Readonly<Record<RequestKind, { readonly fa: string; readonly en: string }>> = {
  'sign-on': { fa: 'ورود (0800 001)', en: 'a sign-on (0800 001)' },
  'sign-off': { fa: 'خروج (0800 002)', en: 'a sign-off (0800 002)' },
  keys: { fa: 'درخواست کلید (0800 101)', en: 'a key download (0800 101)' },
  echo: { fa: 'آزمون خط (0800 301)', en: 'an echo (0800 301)' },
  piece: { fa: 'درخواست قطعه‌ی به‌روزرسانی (0800 901)', en: 'a piece of an update (0800 901)' },
  report: { fa: 'گزارش نسخه (0800 902)', en: 'a version report (0800 902)' },
  purchase: { fa: 'خرید کالابرگ', en: 'a subsidised purchase' },
  ordinary: { fa: 'خرید عادی', en: 'an ordinary purchase' },
  quote: { fa: 'استعلام کالابرگ', en: 'a voucher inquiry' },
  release: { fa: 'آزادسازی رزرو', en: 'the release of a quote' },
  return: { fa: 'مرجوعی', en: 'a return' },
  balance: { fa: 'مانده‌ی بانکی', en: 'a balance inquiry' },
  reversal: { fa: 'برگشت (0400/0420)', en: 'a reversal (0400/0420)' },
  advice: { fa: 'تأیید (0220)', en: 'a completion advice (0220)' },
  totals: { fa: 'جمع‌های پایانه (0500)', en: 'totals (0500)' },
  goods: { fa: 'درخواست فهرست کالا', en: 'a request of the goods list' },
  other: { fa: 'پیام دیگر', en: 'another message' },
};

export function of(seen: CaseSeen, kind: RequestKind): SeenRequest[] {
  return seen.requests.filter((request) => request.kind === kind);
}

/** Those that are no repeats. */
export function fresh(seen: CaseSeen, kind: RequestKind): SeenRequest[] {
  return of(seen, kind).filter(({ repeats }) => repeats === undefined);
}

/** @param count transactions of this kind, repeats not counted: exactly so many, or at least one */
export function sends(kind: RequestKind, count?: number, fault = `${kind}-missing`): Check {
  const times = count === undefined ? '' : ` × ${count}`;
  return {
    fault,
    text: { fa: `${NAMES[kind].fa}${times} فرستاده شود`, en: `the device sends ${NAMES[kind].en}${times}` },
    broken: (seen) => {
      const got = fresh(seen, kind).length;
      if (count === undefined ? got > 0 : got === count) return undefined;
      return `${got} seen`;
    },
  };
}

export function sendsNone(kind: RequestKind, fault = `${kind}-sent`): Check {
  return {
    fault,
    text: { fa: `${NAMES[kind].fa} فرستاده شود`, en: `the device sends ${NAMES[kind].en}` },
    broken: (seen) => (of(seen, kind).length === 0 ? undefined : `${of(seen, kind).length} seen`),
  };
}

/** More than one new transaction of the kind: the same sale sent again under a new STAN. */
export function sendsAgainAsNew(kind: RequestKind): Check {
  return {
    fault: 'sent-again-as-new',
    text: {
      fa: 'همان تراکنش با شماره‌ی پیگیری تازه دوباره فرستاده شود',
      en: 'the same transaction is sent again under a new STAN',
    },
    broken: (seen) => {
      const [first, second] = fresh(seen, kind);
      if (second === undefined) return undefined;
      return `STAN ${stan(first)} was not answered, STAN ${stan(second)} followed for the same amount`;
    },
  };
}

/** A reversal of the first transaction of this kind in the case; its content is the original's. */
export function reverses(kind: RequestKind, reasons: readonly string[] = ['68', '22', '17']): Check {
  return {
    fault: 'reversal-missing',
    text: {
      fa: `${NAMES[kind].fa} با پیام برگشت (DE 90، DE 39 از ${reasons.join('، ')}) پس گرفته شود`,
      en: `${NAMES[kind].en} is reversed (DE 90 names it, DE 39 is ${reasons.join(' or ')})`,
    },
    broken: (seen) => {
      const [original] = fresh(seen, kind);
      if (original === undefined) return 'there is no original';
      const reversal = of(seen, 'reversal').find((each) => names(each, original));
      if (reversal === undefined) return `no reversal names STAN ${stan(original)}`;
      const reason = reversal.message.get(39) ?? 'none';
      if (!reversal.unsaid.has('reason') && !reasons.includes(reason)) return `its DE 39 is ${reason}`;
      for (const de of [3, 4])
        if (reversal.message.get(de) !== original.message.get(de)) return `its DE ${de} is not the original's`;
      return undefined;
    },
  };
}

/** A reversal (or advice) that got no sound answer is sent again as a repeat until it gets a final one. */
export function repeatsUntilFinal(kind: 'reversal' | 'advice'): Check {
  return {
    fault: `${kind}-not-repeated`,
    text: {
      fa: `${NAMES[kind].fa} تا پاسخ قطعی تکرار شود (0401/0421، 0221)`,
      en: `${NAMES[kind].en} is repeated (0401/0421, 0221) until it has a final answer`,
    },
    broken: (seen) => {
      const all = of(seen, kind);
      const [first] = all;
      if (first === undefined) return 'there is none';
      const final = all.some(({ answer }) => answer?.sound === true && isFinal(answer.rc));
      if (!final) return `it was sent ${all.length} times and given up without a final answer`;
      if (all.length < 2) return 'it was sent once only';
      const repeat = all[1];
      if (repeat !== undefined && !repeat.message.mti.endsWith('1'))
        return `its repeat has MTI ${repeat.message.mti}, not one that ends with 1`;
      if (repeat?.repeats === undefined) return 'the repeat has other content (STAN, date, time or amount)';
      return undefined;
    },
  };
}

/** Nothing after a reversal's final answer. */
export function goesOnReversing(): Check {
  return {
    fault: 'reversal-after-final',
    text: {
      fa: 'برگشت پس از پاسخ قطعی باز فرستاده شود',
      en: 'the reversal is sent again after its final answer',
    },
    broken: (seen) => {
      const all = of(seen, 'reversal');
      const done = all.findIndex(({ answer }) => answer?.sound === true && isFinal(answer.rc));
      return done < 0 || done === all.length - 1 ? undefined : `${all.length - 1 - done} more were seen`;
    },
  };
}

/** No new money message while a reversal is open. */
export function tradesWhileReversing(): Check {
  return {
    fault: 'sale-before-reversal',
    text: {
      fa: 'پیش از پاسخ قطعی برگشت، تراکنش تازه‌ای آغاز شود',
      en: 'a new transaction begins before the reversal has its final answer',
    },
    broken: (seen) => {
      const first = seen.requests.findIndex(({ kind }) => kind === 'reversal');
      if (first < 0) return undefined;
      const done = seen.requests.findIndex(
        ({ kind, answer }, at) => at >= first && kind === 'reversal' && answer?.sound === true && isFinal(answer.rc),
      );
      const end = done < 0 ? seen.requests.length : done;
      const early = seen.requests.slice(first, end).find(({ kind }) => kind === 'purchase' || kind === 'ordinary');
      return early === undefined ? undefined : `STAN ${stan(early)} was sent meanwhile`;
    },
  };
}

/** The value of an element or tag in every (new) request of the kind. */
export function carries(kind: RequestKind, path: number | string, wanted: string | RegExp): Check {
  const shown = wanted instanceof RegExp ? '' : ` (${wanted})`;
  return {
    fault: `${kind}-wrong-${String(path)}`,
    text: {
      fa: `DE ${path} در ${NAMES[kind].fa} درست باشد${shown}`,
      en: `DE ${path} of ${NAMES[kind].en} is right${shown}`,
    },
    broken: (seen) => {
      for (const { message } of fresh(seen, kind)) {
        const value = message.get(path) ?? '';
        if (wanted instanceof RegExp ? wanted.test(value) : value === wanted) continue;
        return value === '' ? `DE ${path} is absent` : `DE ${path} is ${value.slice(0, 40)}`;
      }
      return undefined;
    },
  };
}

/** A request names the quote that the one before it was given. */
export function namesQuote(kind: 'purchase' | 'release'): Check {
  return {
    fault: `${kind}-wrong-48.14`,
    text: {
      fa: `DE 48.14 در ${NAMES[kind].fa} همان شناسه‌ی رزرو باشد`,
      en: `DE 48.14 of ${NAMES[kind].en} is the reference of the quote`,
    },
    broken: (seen) => {
      const given = of(seen, 'quote').flatMap(({ quoteRef }) => quoteRef ?? []);
      const strange = fresh(seen, kind).find(({ message }) => !given.includes(message.get('48.14') ?? ''));
      return strange === undefined ? undefined : `DE 48.14 is ${strange.message.get('48.14') ?? 'absent'}`;
    },
  };
}

/** The goods of a purchase, or of the quote that it is of. Amounts of lines only where the profile has them. */
export function hasBasket(lines: readonly Line[]): Check {
  return {
    fault: 'purchase-wrong-48.01',
    text: {
      fa: `سبد خرید (DE 48.01) درست باشد: ${lines.length} سطر`,
      en: `the basket (DE 48.01) is right: ${lines.length} lines`,
    },
    broken: (seen) => {
      const told = [...of(seen, 'purchase'), ...of(seen, 'quote')].find(({ message }) => message.has('48.01'));
      if (told === undefined) return 'there is no basket';
      const width = told.unsaid.has('line-amounts') ? LINE_WIDTH - AMOUNT_WIDTH : LINE_WIDTH;
      const cut = (text: string): string[] => text.match(/.{33}/g)?.map((line) => line.slice(0, width)) ?? [];
      const [is, due] = [cut(told.message.get('48.01') ?? ''), cut(formatBasket(lines))];
      return is.join() === due.join() ? undefined : `it is ${is.join(' ').slice(0, 80)}`;
    },
  };
}

/** Tag 01 (wire.md 5). */
const LINE_WIDTH = 33;
const AMOUNT_WIDTH = 12;

/** Requests of these kinds, in this order; others may stand between. */
export function inOrder(...kinds: readonly RequestKind[]): Check {
  return {
    fault: 'wrong-order',
    text: {
      fa: `ترتیب: ${kinds.map((kind) => NAMES[kind].fa).join('، سپس ')}`,
      en: `the order is ${kinds.map((kind) => NAMES[kind].en).join(', then ')}`,
    },
    broken: (seen) => {
      let next = 0;
      for (const { kind } of seen.requests) if (kind === kinds[next]) next++;
      const missing = kinds[next];
      return missing === undefined ? undefined : `${NAMES[missing].en} did not follow`;
    },
  };
}

/** At least so many connections were opened. */
export function dials(times: number): Check {
  return {
    fault: 'does-not-dial-again',
    text: { fa: 'پایانه دوباره متصل شود', en: 'the device connects again' },
    broken: (seen) => {
      const opened = seen.lines.filter(({ what }) => what === 'opened').length;
      return opened >= times ? undefined : `${opened} connections`;
    },
  };
}

/** The first new transaction of the kind has a PIN block that opens. */
export function hasPin(kind: RequestKind): Check {
  return {
    fault: 'pin-block-wrong',
    text: {
      fa: 'بلوک رمز زیر کلید جاری درست باز شود',
      en: 'the PIN block opens under the session key that holds, for this card',
    },
    broken: (seen) => {
      const [first] = fresh(seen, kind);
      if (first === undefined) return undefined;
      if (first.pinGood === undefined) return 'there is no PIN block';
      return first.pinGood ? undefined : 'it does not open to a PIN of this card';
    },
  };
}

export function check(fault: string, fa: string, en: string, broken: Check['broken']): Check {
  return { fault, text: { fa, en }, broken };
}

export function names(reversal: SeenRequest, original: SeenRequest): boolean {
  const { message } = original;
  const named = reversal.message.get(90) ?? '';
  return named.startsWith(message.mti.slice(0, 3)) && named.slice(4, 20) === `${message.get(11)}${message.get(7)}`;
}

export function stan(request: SeenRequest | undefined): string {
  return request?.message.get(11) ?? '-';
}

/** Answers after which an advice or reversal is not sent again. */
export function isFinal(rc: string): boolean {
  return ['00', '02', '05', '25'].includes(rc);
}
