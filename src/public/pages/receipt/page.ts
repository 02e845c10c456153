import { html, type Html } from '../../html.ts';
import { ltr, t, type Language } from '../../language.ts';
import { complaintOf, type Fact, type Line } from './lines.ts';
import type { Receipt } from './read.ts';

/** The receipt as a page; it prints as a slip. */
export function receiptPage(lines: readonly Line[], receipt: Receipt, language: Language, path: string): Html {
  const groups: { head: string | undefined; lines: Line[] }[] = [{ head: undefined, lines: [] }];
  for (const line of lines) {
    if (line.kind === 'head') groups.push({ head: line.text, lines: [] });
    else groups.at(-1)?.lines.push(line);
  }
  const say = (fa: string, en: string): string => t(language, { fa, en });
  return html`<article class="receipt">
    ${groups.map(({ head, lines: of }) => html`${head !== undefined && html`<h2>${head}</h2>`}${blocks(of)}`)}
    <p class="actions"><a class="button" href="${complaintOf(receipt)}">${say('شکایت از این خرید', 'Complain about this purchase')}</a>
    <a class="button second" href="${path}.pdf">${say('دریافت PDF', 'As a PDF')}</a></p>
  </article>`; // prettier-ignore
}

/** Facts that follow each other are one list. */
function blocks(lines: readonly Line[]): Html[] {
  const out: Html[] = [];
  let facts: Html[] = [];
  const flush = (): void => {
    if (facts.length > 0) out.push(html`<dl class="facts">${facts}</dl>`);
    facts = [];
  };
  for (const line of lines) {
    if (line.kind === 'fact') {
      facts.push(factOf(line));
      continue;
    }
    flush();
    if (line.kind === 'title') out.push(html`<h1>${line.text}</h1>`);
    else if (line.kind === 'state') out.push(html`<p class="state ${line.mood}">${line.text}</p>`);
    else out.push(html`<p>${line.text}</p>`);
  }
  flush();
  return out;
}

function factOf({ label, value, ltr: isLtr, strong, note }: Fact): Html {
  const shown = isLtr === true ? ltr(value) : html`<bdi>${value}</bdi>`;
  return html`<dt>${label}</dt><dd>${strong === true ? html`<strong>${shown}</strong>` : shown}${note !== undefined && html`<br /><small>${note}</small>`}</dd>`; // prettier-ignore
}
