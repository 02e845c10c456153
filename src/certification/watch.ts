import { check, names, stan } from './checks.ts';
import { QUESTIONS, type Case, type Check, type Question } from './case.ts';
import type { CaseSeen, SeenRequest } from './seen.ts';

/** What is looked at in every case, whatever it is about. */
export const WATCH: readonly Check[] = [
  check(
    'stan-reused',
    'شماره‌ی پیگیری برای تراکنش دیگری دوباره به‌کار رود',
    'a STAN is used again for another transaction (wire.md 9.1)',
    ({ requests }) => {
      const again = requests.find(({ reused }) => reused);
      return again === undefined ? undefined : `STAN ${stan(again)} was used for another transaction before`;
    },
  ),
  check(
    'request-mac-wrong',
    'MAC درخواستی نادرست باشد',
    'the MAC of a request is wrong (wire.md 8)',
    ({ requests }) => {
      const bad = requests.find(({ kind, mac }) => mac === 'wrong' || (mac === 'none' && !isNetwork(kind)));
      return bad === undefined
        ? undefined
        : `${bad.message.mti} STAN ${stan(bad)}: ${bad.mac === 'none' ? 'no MAC' : 'wrong'}`;
    },
  ),
  check(
    'format',
    'درخواستی با قرارداد جور نباشد',
    'a request does not keep to the contract (wire.md 3, 4, 5)',
    ({ requests, lines }) => {
      const lost = lines.find(({ what }) => what === 'undecodable');
      if (lost !== undefined) return `what came does not decode: ${lost.why ?? ''}`;
      for (const { tx, message } of requests)
        if (tx.kind === 'refused')
          return `${message.mti} STAN ${message.get(11) ?? '-'}: ${tx.path ?? ''} ${tx.reason}`;
      return undefined;
    },
  ),
  check(
    'pin-sent-needlessly',
    'استعلام کالابرگ رمز داشته باشد',
    'a voucher inquiry carries a PIN block (wire.md 4)',
    ({ requests }) => {
      const bad = requests.find(({ kind, message }) => kind === 'quote' && (message.has(52) || message.has('48.20')));
      return bad === undefined ? undefined : `STAN ${stan(bad)}`;
    },
  ),
  check('stuck', 'پایانه از کار بازماند', 'the device does not come back to rest', ({ stuck }) =>
    stuck.length === 0 ? undefined : `in step ${stuck.map((step) => step + 1).join(', ')}`,
  ),
];

function isNetwork(kind: SeenRequest['kind']): boolean {
  return ['sign-on', 'sign-off', 'keys', 'echo'].includes(kind);
}

/** What a person said they saw, against what was expected. */
const PAPER_FAULTS: Readonly<Record<string, string>> = {
  early: 'receipt-before-answer',
  success: 'success-wrongly-shown',
  slip: 'slip-wrongly-printed',
  copy: 'copy-missing',
  masked: 'receipt-shows-pan',
};

export interface Finding {
  /** What the text says: it must be so, or never. */
  readonly rule: 'must' | 'never';
  readonly fault: string;
  readonly text: { readonly fa: string; readonly en: string };
  /** What was seen. No secret, no PAN. */
  readonly why: string;
}

/** Everything that is wrong in a case. */
export function findingsOf(one: Case, seen: CaseSeen): Finding[] {
  const rules = [
    ...one.must.map((each) => ['must', each] as const),
    ...[...one.never, ...WATCH].map((each) => ['never', each] as const),
  ];
  const broken = rules.flatMap(([rule, { fault, text, broken: look }]) => {
    const why = look(seen);
    return why === undefined ? [] : [{ rule, fault, text, why }];
  });
  const papers = seen.papers
    .filter(({ said, expect }) => expect !== undefined && said !== expect)
    .map(({ question, said, expect, about, step }) => ({
      rule: 'must' as const,
      fault: paperFault(question, said, seen, step),
      text: paperText(question, expect === true),
      why: `step ${step + 1}: ${said ? 'yes' : 'no'}${about === undefined ? '' : ` (${String(about)})`}`,
    }));
  return [...broken, ...papers];
}

/** Success that rests on an answer which nobody vouches for, or which answers something else, has a name of its own. */
function paperFault(question: string, said: boolean, seen: CaseSeen, step: number): string {
  if (said && (question === 'success' || question === 'slip')) {
    // a purchase in two steps has an inquiry before it, whose answer may be sound
    const stands = seen.requests.filter(
      (request) => request.step === step && request.kind !== 'reversal' && !isReversed(request, seen),
    );
    const named = stands.map(({ fault = '' }) => UNSOUND[fault]).find((name) => name !== undefined);
    if (named !== undefined) return named;
  }
  return PAPER_FAULTS[question] ?? `receipt-${question}`;
}

const UNSOUND: Readonly<Record<string, string>> = {
  'wrong-mac': 'wrong-mac-accepted',
  'no-mac': 'wrong-mac-accepted',
  'foreign-mac': 'wrong-mac-accepted',
  'other-stan': 'foreign-answer-accepted',
  'other-terminal': 'foreign-answer-accepted',
  'other-mti': 'foreign-answer-accepted',
  'other-amount': 'foreign-answer-accepted',
};

function isReversed(request: SeenRequest, { requests }: CaseSeen): boolean {
  return requests.some((each) => each.kind === 'reversal' && names(each, request));
}

function paperText(question: Question, expect: boolean): Finding['text'] {
  const { fa, en } = QUESTIONS[question];
  return { fa: `${fa} ${expect ? 'بله' : 'خیر'}`, en: `${en} ${expect ? 'Yes' : 'No'}` };
}
