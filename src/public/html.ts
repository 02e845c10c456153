/** Markup that is safe to send: only `html` makes it. */
export class Html {
  readonly #markup: string;

  /** Of this file alone: whoever has text writes it into an html`…`. */
  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What may stand in the gaps of a template: text is escaped, markup stays, lists are joined, nothing is nothing. */
export type Part = Html | string | number | bigint | false | null | undefined | readonly Part[];

/** Markup with gaps: html`<a href="${path}">${name}</a>`. An attribute's value stands in quotation marks.
 *  @returns markup in which every text is escaped, whoever typed it */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let markup = texts[0] ?? '';
  for (let i = 0; i < parts.length; i++) markup += written(parts[i]) + (texts[i + 1] ?? '');
  return new Html(markup);
}

function written(part: Part): string {
  if (typeof part === 'string') return escaped(part);
  if (part === undefined || part === null || part === false) return '';
  if (part instanceof Html) return part.toString();
  return Array.isArray(part) ? part.map(written).join('') : String(part);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '') : text;
}
