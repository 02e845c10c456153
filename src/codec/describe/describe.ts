import type { Entry } from '../content/types.ts';
import type { Message } from '../message.ts';
import type { ContentPlan, ElementPlan, Secret } from '../plan.ts';
import { contentOf, lookUp } from './dictionary.ts';
import { masked } from './mask.ts';
import { inLanguage, isolated } from './meaning.ts';
import { mtiText } from './mti.ts';
import { processingText } from './processing.ts';
import { responseText } from './responses.ts';

export interface DescribeOptions {
  /** Where each element begins, in bytes. */
  readonly offsets?: boolean | undefined;
  /** The bytes of each element; those of secret ones are not shown. */
  readonly hex?: boolean | undefined;
  /** Of meanings that are known in both. Default both. */
  readonly language?: 'en' | 'fa' | 'both' | undefined;
}

const NAME_WIDTH = 38;

/** The picture of a message that engineers read: a line an element, subfields and tags under it. PANs, tracks, PINs and
 *  keys are masked, so that it can be pasted into a ticket. */
export function describe(message: Message, options: DescribeOptions = {}): string {
  const lines = [`${message.mti} ${inLanguage(mtiText(message.mti), options.language)} · ${message.spec.name}`];
  for (const de of message.fields()) {
    const plan = message.spec.fields[de];
    if (plan !== undefined) lines.push(...elementLines(message, de, plan, options));
  }
  return lines.join('\n');
}

function elementLines(message: Message, de: number, plan: ElementPlan, options: DescribeOptions): string[] {
  const value = message.get(de) ?? '';
  const entries = message.entries(de);
  const shown = entries.length > 0 ? '' : isolated(masked(value, plan.secret));
  const offset = options.offsets === true ? `${String(message.offsetOf(de)).padStart(4)}  ` : '';
  const note = meaning(de, value, plan, message, options);
  const lines = [
    `${offset}${String(de).padStart(3)} ${plan.name.padEnd(NAME_WIDTH)} ${shown}${note === '' ? '' : `  ${note}`}`.trimEnd(),
  ];
  if (options.hex === true && !isHiddenInside(plan, entries))
    lines.push(`${' '.repeat(offset.length + 4)}${hexOf(message, de)}`);
  return [...lines, ...entryLines(entries, plan.content, plan.secret, offset.length + 6)];
}

function entryLines(
  entries: readonly Entry[],
  content: ContentPlan | undefined,
  around: Secret | undefined,
  indent: number,
): string[] {
  return entries.flatMap((entry) => {
    const { name = '', secret } = lookUp(entry, content, around);
    const nested = entry.children ?? [];
    const value = nested.length > 0 ? '' : isolated(masked(entry.value, secret));
    const note = entry.plan?.values?.[entry.value];
    const line = `${' '.repeat(indent)}${entry.key.padEnd(6)} ${name.padEnd(NAME_WIDTH - indent + 4)} ${value}${note === undefined ? '' : `  ${note}`}`;
    return [line.trimEnd(), ...entryLines(nested, contentOf(entry, content), secret, indent + 2)];
  });
}

/** What a value says: a code's text, an amount with its thousands apart. */
export function meaning(
  de: number,
  value: string,
  plan: ElementPlan,
  message: Message,
  options: DescribeOptions,
): string {
  const own = plan.values?.[value];
  const agreed = de === 39 ? responseText(value) : de === 3 ? processingText(value) : undefined;
  if (own !== undefined && de !== 39) return own;
  if (agreed !== undefined) return inLanguage(agreed, options.language);
  if (own !== undefined) return own;
  if (de === 4 && /^\d+$/.test(value)) return `${grouped(value)} ${currency(message.get(49))}`.trimEnd();
  if (plan.type === 'x+n') return `${value.startsWith('D') ? 'debit' : 'credit'} ${grouped(value.slice(1))}`;
  return '';
}

function grouped(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '').replace(/\B(?=(?:\d{3})+$)/g, ',');
}

function currency(code: string | undefined): string {
  return code === '364' ? 'rials' : '';
}

export function isHiddenInside(plan: ElementPlan, entries: readonly Entry[]): boolean {
  return isHidden(plan.secret) || hiddenInside(entries, plan.content);
}

function hiddenInside(entries: readonly Entry[], content: ContentPlan | undefined): boolean {
  return entries.some(
    (entry) => isHidden(lookUp(entry, content).secret) || hiddenInside(entry.children ?? [], contentOf(entry, content)),
  );
}

function isHidden(secret: Secret | undefined): boolean {
  return secret !== undefined && secret !== 'mac';
}

export function hexOf(message: Message, de: number): string {
  return (message.bytes(de) ?? Buffer.alloc(0))
    .toString('hex')
    .toUpperCase()
    .replace(/(..)(?=.)/g, '$1 ');
}
