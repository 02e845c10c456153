import type { KeptItem, ReasonWords } from '../../../shops/index.ts';
import { html, type Html } from '../../html.ts';
import { t, type Language } from '../../language.ts';

/** Why an item does not hold, and what helps. */
export function reasonOf(language: Language, { note }: KeptItem, words: ReasonWords | undefined): Html {
  if (words === undefined) return html``;
  const { why, remedy } = words;
  return html`<p><strong>${t(language, why)}</strong> ${t(language, remedy)}</p>
    ${note !== undefined && html`<p>${t(language, { fa: 'توضیح همکار ما:', en: 'Our colleague says:' })} ${note}</p>`}`;
}
