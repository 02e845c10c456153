import type { ElementHandle } from 'playwright-core';
import { testSheba } from '../../settlement/support/books.ts';

/** What is typed into a field, by its label in either language: the first that fits. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/rrn|شمارهٔ مرجع|مرجع/i, '636411000011'],
  [/^amount|^مبلغ/i, '75000'],
  [/to household|به خانوار/i, 'h2'],
  [/^cards, as|^کارت‌ها، مانند/i, '603799******0078'],
  [/sheba|شبا|iban/i, testSheba(9)],
  [/mobile|همراه|موبایل/i, '09121234569'],
  [/last 4|last four|۴ رقم|چهار رقم/i, '0000'],
  [/national|کد ملی/i, '0012345679'],
  [/terminals?\b|پایانه/i, '10000001'],
  [/merchant|shop|پذیرنده|فروشگاه/i, '000000000000001'],
  [/url|address of|نشانی.*(?:سامانه|وب|اینترنتی)/i, 'https://authority.example/'],
  [/card|کارت/i, '603799'],
  [/household|خانوار/i, 'h1'],
  [/owner|مسئول|who|چه کسی/i, 'babak'],
  [/persons|نفر|^of$/i, '1'],
  [/version|نسخه/i, '1.2.3'],
];
const LOGIN = /login|نام کاربری/i;
let newcomers = 0;
const PROSE = 'دلیل فشردن این دکمه در آزمون، با چند واژهٔ بیشتر تا بس باشد';
/** One after another, until the field takes it: after the day of the test's world, within what acts allow; after the notice that some give; and
 *  before it, for those that ask for days that are over. */
const DAYS = ['2027-01-10', '2027-02-20', '2026-11-20'] as const;

interface Field {
  readonly kind: 'text' | 'area' | 'number' | 'day' | 'choice' | 'check' | 'file';
  readonly label: string;
  readonly accept: string;
  readonly options: readonly string[];
}

/** What is read of a field in the page. */
interface Element {
  readonly tagName: string;
  readonly type: string;
  readonly value: string;
  readonly disabled: boolean;
  readonly readOnly?: boolean;
  readonly ariaLabel: string | null;
  readonly labels?: Iterable<{ readonly innerText: string }> | null;
  readonly options?: Iterable<{ readonly value: string; readonly disabled: boolean }>;
  readonly files?: { readonly length: number } | null;
  readonly accept?: string;
  readonly placeholder?: string;
  readonly inputMode: string;
  readonly parentElement: Element;
  checkVisibility(): boolean;
  closest(selector: string): Element | null;
  querySelector(selector: string): Element | null;
}

/** Of one that is empty and can be filled in; runs in the page.
 *  @returns null: there is nothing to fill in */
function readField(node: unknown): Field | null {
  const field = node as Element;
  if (field.disabled || field.readOnly === true || field.type === 'hidden') return null;
  const label = field.ariaLabel ?? [...(field.labels ?? [])].map((each) => each.innerText).join(' ');
  const options = [...(field.options ?? [])].filter((each) => !each.disabled).map((each) => each.value);
  const of = (kind: Field['kind']): Field => ({ kind, label, accept: field.accept ?? '', options });
  if (field.type === 'file') return field.files?.length === 0 ? of('file') : null;
  if (!field.checkVisibility()) return null;
  if (field.type === 'checkbox' || field.type === 'radio') {
    const group = field.closest('[role=group], [role=radiogroup], fieldset') ?? field.parentElement;
    return group.querySelector(':checked') === null ? of('check') : null;
  }
  if (field.value !== '') return null;
  if (field.tagName === 'SELECT') return of('choice');
  if (field.tagName === 'TEXTAREA') return of('area');
  if (/[/／].*[/／]/.test(field.placeholder ?? '')) return of('day');
  return of(field.inputMode === 'numeric' || field.type === 'number' ? 'number' : 'text');
}

/** Fills in one field, as its kind and its label want it. */
export async function fillField(field: ElementHandle): Promise<void> {
  const read = await field.evaluate(readField).catch(() => null); // null: it is gone
  if (read === null) return;
  const { kind, label, accept, options } = read;
  // nobody's yet: the same act is done in another language too
  const known = LOGIN.test(label) ? `newcomer${++newcomers}` : TEXTS.find(([pattern]) => pattern.test(label))?.[1];
  switch (kind) {
    case 'choice':
      await field.selectOption(options.find((value) => value !== '') ?? []);
      return;
    case 'check':
      await field.check({ force: true });
      return;
    case 'file':
      await field.setInputFiles(fileFor(accept));
      return;
    case 'day':
      for (const day of DAYS) {
        await field.fill(day);
        if ((await field.getAttribute('aria-invalid')) !== 'true') return;
      }
      return;
    case 'number':
      await field.fill(known !== undefined && /^\d+$/.test(known) ? known : '10');
      return;
    case 'area':
      await field.fill(known ?? PROSE);
      return;
    case 'text':
      await field.fill(known ?? 'alef');
  }
}

function fileFor(accept: string): { name: string; mimeType: string; buffer: Buffer } {
  if (/json/.test(accept))
    return {
      name: 'a.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"terms":[{"from":"2032-01-01","feeFixedRials":600}]}'),
    };
  if (/csv/.test(accept)) return { name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('terminal,certificate\n') };
  return { name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n') };
}
