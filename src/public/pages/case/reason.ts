import { REASONS, type KeptItem } from '../../../shops/index.ts';
import { html, type Html } from '../../html.ts';
import { t, type Language } from '../../language.ts';

/** Why an item does not hold, and what helps. */
export function reasonOf(language: Language, { reason, note }: KeptItem): Html {
  if (reason === undefined) return html``;
  const { why, remedy } = REASONS[reason];
  return html`<p><strong>${t(language, why)}</strong> ${t(language, remedy)}</p>
    ${note !== undefined && html`<p>${t(language, { fa: 'توضیح همکار ما:', en: 'Our colleague says:' })} ${note}</p>`}`;
}
