import type { ElementPlan, Spec } from '../../codec/index.ts';
import { fieldsOf, formatText, partsOf, type ContentPlan, type PrefixPlan } from '../plans.ts';
import { sampleParts } from './sample.ts';
import { WORDS, type Words } from './words.ts';

const STYLE = `body{font:15px/1.5 system-ui,Vazirmatn,"Noto Sans Arabic",sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
table{border-collapse:collapse;margin:1rem 0;width:100%}td,th{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:start;vertical-align:top}
thead th{position:sticky;top:0;background:#fff}code,pre{font:13px/1.5 ui-monospace,"DejaVu Sans Mono",monospace;direction:ltr;unicode-bidi:isolate}
pre{background:#f4f4f4;padding:1rem;white-space:pre-wrap;text-align:left}nav a{margin-inline-end:1rem}.presence td+td,.presence th+th{text-align:center}
@media print{body{max-width:none;margin:0}thead{display:table-header-group}tr{break-inside:avoid}}`;

/** A dialect as a manual: one page of HTML that needs nothing else. */
export function manualHtml(spec: Spec, language: 'en' | 'fa'): string {
  const words = WORDS[language];
  return `<!doctype html>
<html lang="${language}" dir="${words.direction}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(spec.name)}: ${words.manual}</title><style>${STYLE}</style></head>
<body><h1>${words.manual}: ${code(spec.name)}</h1>
<p dir="auto">${escaped(spec.title)}</p>
<nav><a href="#general">${words.general}</a> <a href="#elements">${words.elements}</a> <a href="#presence">${words.presence}</a> <a href="#sample">${words.sample}</a></nav>
${general(spec, words)}
${elements(spec, words)}
${fieldsOf(spec)
  .map(([de, plan]) => (plan.content === undefined ? '' : contentSection(String(de), plan.name, plan.content, words)))
  .join('')}
${presence(spec, words)}
${sample(spec, words)}
</body></html>
`;
}

function general(spec: Spec, words: Words): string {
  return `<h2 id="general">${words.general}</h2>
${table(undefined, [
  [words.mti, `${code(spec.mti.encoding)}, ${words.versions}: ${code(spec.mti.versions.split('').join(' '))}`],
  [words.bitmap, bitmapText(spec, words)],
])}`;
}

function bitmapText({ bitmap: { encoding, count, secondary } }: Spec, words: Words): string {
  const always = secondary === 'always' ? `; ${words.always}` : '';
  return `${code(encoding)}, ${code(String(count))} ${words.bitmaps}${always}`;
}

function elements(spec: Spec, words: Words): string {
  const rows = fieldsOf(spec).map(([de, plan]) => row(String(de), plan, words));
  return `<h2 id="elements">${words.elements}</h2>\n${table(words.columns, rows)}`;
}

function row(key: string, plan: ElementPlan, words: Words): string[] {
  return [
    code(key.split('.').at(-1) ?? key),
    `<bdi>${escaped(plan.name)}</bdi>`,
    code(formatText(plan)),
    code(plan.encoding),
    plan.prefix === undefined ? words.fixed : prefixText(plan.prefix, words),
    notes(key, plan, words).join('; '),
  ];
}

function prefixText({ encoding, bytes, counts, includesItself }: PrefixPlan, words: Words): string {
  return `${code(`${encoding} × ${bytes}`)} ${words.counts[counts]}${includesItself ? ` ${words.itself}` : ''}`;
}

function notes(key: string, plan: ElementPlan, words: Words): string[] {
  const values = Object.entries(plan.values ?? {}).map(([value, name]) => `${code(value)} <bdi>${escaped(name)}</bdi>`);
  return [
    ...(plan.prefix !== undefined && plan.min > 0 ? [`${words.least} ${code(String(plan.min))}`] : []),
    ...(plan.encoding === 'bcd' ? [`${words.odd}: ${code(plan.odd)}`] : []),
    ...(plan.pad === undefined ? [] : [`${words.padded} ${code(`${plan.pad.side} "${plan.pad.with}"`)}`]),
    ...(plan.secret === undefined ? [] : [`${words.secret} (${code(plan.secret)})`]),
    ...(plan.content === undefined ? [] : [`<a href="#inside-${escaped(key)}">${words.kinds[plan.content.kind]}</a>`]),
    ...values,
  ];
}

/** What is inside an element, and inside that. */
function contentSection(path: string, name: string, content: ContentPlan, words: Words): string {
  const parts = partsOf(content);
  const heads = headText(content, words);
  const own = `<h3 id="inside-${escaped(path)}">${words.inside} ${code(path)} <bdi>${escaped(name)}</bdi></h3>
<p>${words.kinds[content.kind]}${heads === '' ? '' : ` (${heads})`}</p>
${
  parts.length === 0
    ? ''
    : table(
        words.columns,
        parts.map(([key, plan]) => row(`${path}.${key}`, plan, words)),
      )
}`;
  const inner = parts.map(([key, plan]) =>
    plan.content === undefined ? '' : contentSection(`${path}.${key}`, plan.name, plan.content, words),
  );
  return [own, ...inner].join('\n');
}

function headText(content: ContentPlan, words: Words): string {
  if (content.kind === 'tags') return `${prefixText(content.tag, words)}; ${prefixText(content.length, words)}`;
  if (content.kind === 'datasets') return `${prefixText(content.id, words)}; ${prefixText(content.length, words)}`;
  if (content.kind === 'bitmapped') return code(`${content.bytes * 8} bits`);
  return content.kind === 'fields' && content.repeat > 1 ? code(`× ${content.repeat}`) : '';
}

/** A table of elements and rules: a rule by processing code says what is on top of its class. */
function presence(spec: Spec, words: Words): string {
  const rules = Object.entries(spec.presence);
  const paths = new Set(
    rules.flatMap(([, { mandatory, oneOf, forbidden }]) => [...mandatory, ...oneOf.flat(), ...forbidden]),
  );
  if (paths.size === 0) return `<h2 id="presence">${words.presence}</h2><p>${words.presenceMarks}</p>`;
  const sorted = [...paths].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const rows = sorted.map((path) => [
    `${code(path)} <bdi>${escaped(spec.fields[Number(path.split('.')[0])]?.name ?? '')}</bdi>`,
    ...rules.map(([, { mandatory, oneOf, forbidden }]) => {
      const group = oneOf.findIndex((one) => one.includes(path));
      return mandatory.includes(path) ? 'M' : forbidden.includes(path) ? '–' : group >= 0 ? String(group + 1) : '';
    }),
  ]);
  return `<h2 id="presence">${words.presence}</h2><p>${words.presenceNote} ${words.presenceMarks}</p>
${table(['', ...rules.map(([key]) => key.replace(/^(\d{3})/, '$1x'))], rows, 'presence')}`;
}

function sample(spec: Spec, words: Words): string {
  const made = sampleParts(spec);
  if (made === undefined) return '';
  const nameOf = (element: string): string =>
    element === 'mti' ? words.mti : element === 'bitmap' ? words.bitmap : (spec.fields[Number(element)]?.name ?? '');
  const rows = made.parts.map(({ at, hex, element, value }) => [
    code(String(at)),
    code(hex),
    `${/^\d/.test(element) ? `${code(element)} ` : ''}<bdi>${escaped(nameOf(element))}</bdi>`,
    code(value),
  ]);
  return `<h2 id="sample">${words.sample}</h2><pre>${escaped(made.hex)}</pre>\n${table(words.sampleColumns, rows)}`;
}

/** @param rows  cells that are HTML already */
function table(head: readonly string[] | undefined, rows: readonly (readonly string[])[], name?: string): string {
  const top =
    head === undefined ? '' : `<thead><tr>${head.map((one) => `<th>${escaped(one)}</th>`).join('')}</tr></thead>`;
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<table${name === undefined ? '' : ` class="${name}"`}>${top}<tbody>\n${body}\n</tbody></table>`;
}

function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

function escaped(text: string): string {
  const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (mark) => marks[mark] ?? mark);
}
