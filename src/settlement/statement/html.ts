import type { Statement } from './read.ts';
import { groupedDecimal } from '../../field/money-text.ts';
import type { Reading } from '../../field/money-unit.ts';
import { columnsOf, headOf, inUnit, isMoney, persian, rowsOf, TITLE } from './words.ts';

const STYLE = `
  @page { size: A4; margin: 12mm }
  body { font: 9pt Vazirmatn, "Noto Sans Arabic", "DejaVu Sans", sans-serif; color: #111 }
  h1 { font-size: 13pt; margin: 0 0 4pt }
  table { width: 100%; border-collapse: collapse; margin-top: 8pt }
  thead { display: table-header-group }
  tr { break-inside: avoid }
  th, td { border-bottom: .5pt solid #999; padding: 2pt 4pt; text-align: start }
  td.number { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap }`;

/** A statement as one page of HTML, right to left, for a browser to show or print. Numbers stay left to right. */
export function statementHtml(statement: Statement): string {
  const body = [...rowsOf(statement)]
    .map((row) => `<tr>${row.map((text, column) => cell(text, column, statement.units)).join('')}</tr>`)
    .join('\n');
  return `<!doctype html>
<html lang="fa" dir="rtl"><head><meta charset="utf-8"><title>صورت‌حساب ${ltr(statement.merchant)}</title><style>${STYLE}</style></head>
<body><h1>${TITLE}</h1>
<p>${headOf(statement).map(escape).join('<br>\n')}</p>
<table><thead><tr>${columnsOf('fa', statement.units)
    .map((each) => `<th>${each}</th>`)
    .join('')}</tr></thead>
<tbody>
${body}
</tbody></table></body></html>
`;
}

/** 0, 1, 3 and 4 are numbers and names that read left to right. */
function cell(text: string, column: number, [first, ...others]: Reading): string {
  if (isMoney(column)) {
    const beside = others.map((unit) => `<br><small>${ltr(groupedDecimal(inUnit(text, unit), 'fa'))} ${escape(unit.nameFa)}</small>`); // prettier-ignore
    return `<td class="number">${text === '' ? '' : [ltr(groupedDecimal(inUnit(text, first), 'fa')), ...beside].join('')}</td>`;
  }
  if (column === 2) return `<td>${escape(text)}</td>`;
  return `<td>${text === '' ? '' : column === 12 ? `<bdi>${escape(text)}</bdi>` : ltr(persian(text))}</td>`;
}

function ltr(text: string): string {
  return `<bdi dir="ltr">${escape(text)}</bdi>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (each) => `&#${each.codePointAt(0) ?? 0};`);
}
