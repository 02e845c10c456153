import { compile, type ElementPlan, type Message } from '../../codec/index.ts';
import { anatomyOf, type Anatomy } from '../anatomy.ts';
import { flattened } from '../language/layouts.ts';
import type { LoadedProfile } from '../language/load.ts';
import type { ContentFile, ExampleFile, Fields, PartFile } from '../language/schema.ts';
import { CANONICAL_CODES } from '../language/values.ts';
import { planAt } from '../wire/ground.ts';
import type { Part } from '../wire/parts.ts';
import { parsePath } from '../wire/path.ts';
import { TERMS, VALUES } from './words.ts';

const STYLE = `body{font:15px/1.6 system-ui,Vazirmatn,"Noto Sans Arabic",sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
table{border-collapse:collapse;margin:.5rem 0 1.5rem;width:100%}td,th{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:start;vertical-align:top}
code{font:13px/1.5 ui-monospace,"DejaVu Sans Mono",monospace;direction:ltr;unicode-bidi:isolate}.bytes{direction:ltr;overflow-wrap:anywhere}.assumed{border-inline-start:4px solid #c60;padding-inline-start:.8rem}
@media print{body{max-width:none;margin:0}tr{break-inside:avoid}h3{break-after:avoid}}`;

type Language = 'fa' | 'en';

/** A profile as one page of HTML that needs nothing else, for the engineers of a PSP. */
export function profilePage(loaded: LoadedProfile, language: Language): string {
  const { file, spec } = loaded;
  const say = (term: string): string => (TERMS[term] ?? [term, term])[language === 'fa' ? 0 : 1];
  const title = file.title[language];
  return `<!doctype html>
<html lang="${language}" dir="${language === 'fa' ? 'rtl' : 'ltr'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><h1>${escaped(title)}</h1>
<p>${say('profile')} ${code(file.name)} · ${say('dialect')} ${code(spec.name)} · ${say('mac')}</p>
${assumed(loaded, language, say)}
<h2>${say('requests')}</h2>
${Object.keys(file.requests)
  .map((name) => requestSection(loaded, name, language, say))
  .join('')}
${examples(loaded, language, say)}
<h2>${say('otherwise')}</h2>
${table(
  ['MTI', say('answers')],
  Object.entries(file.otherwise).map(([prefix, answer]) => [code(`${prefix}…`), code(answer)]),
)}
<h2>${say('codes')}</h2>
${table(
  [say('ours'), say('wire')],
  CANONICAL_CODES.map((own) => [code(own), code(file.codes?.out?.[own] ?? own)]),
)}
</body></html>
`;
}

type Say = (term: string) => string;

function assumed({ file }: LoadedProfile, language: Language, say: Say): string {
  const list = file.assumed ?? [];
  if (list.length === 0) return '';
  const items = list.map((each) => `<li>${escaped(each[language])} <code>${escaped(each.at)}</code></li>`).join('');
  return `<div class="assumed"><h2>${say('assumed')}</h2><ol>${items}</ol></div>`;
}

function requestSection(loaded: LoadedProfile, name: string, language: Language, say: Say): string {
  const { file } = loaded;
  const request = file.requests[name];
  if (request === undefined) return '';
  const { layouts = {} } = file;
  const answer = file.answers[request.answer];
  const { fields, derived } = flattened(request, layouts);
  const notes = [
    ...(request.processing === undefined ? [] : [`${say('processing')} ${request.processing.map(code).join(' ')}`]),
    ...(request.with === undefined ? [] : [`${say('only')} ${code(request.with)}`]),
    ...(request.amount === 'card' ? [say('part')] : []),
    ...(request.reserve === 'always' ? [say('reserves')] : []),
    ...(request.quote === 'needed' ? [say('needsQuote')] : []),
    ...(request.final === undefined ? [] : [`${say('final')}: ${request.final.map(code).join(' ')}`]),
  ];
  const others = Object.entries(derived).map(
    ([value, source]) => `${named(value, language)} ← ${code(JSON.stringify(source))}`,
  );
  const echo = (answer?.echo ?? []).map((de) => [code(String(de)), formatAt(loaded, String(de)), say('echoed')]);
  const told = answer === undefined ? [] : rows(loaded, flattened(answer, layouts).fields, language);
  const heads = [say('place'), say('format'), say('holds')];
  return `<h3 id="${escaped(name)}">${escaped(request.title[language])} · ${request.mti.map(code).join(' ')}</h3>
<p>${notes.join(' · ')}</p>
${table(heads, rows(loaded, fields, language))}
${others.length === 0 ? '' : `<p>${say('derived')}: ${others.join(' · ')}</p>`}
<h4>${say('answers')}</h4>
${table(heads, [...echo, ...told])}`;
}

/** Whole exchanges, as bytes and taken apart: what an engineer of the PSP can try a device's own code with. */
function examples(loaded: LoadedProfile, language: Language, say: Say): string {
  const list = loaded.file.examples ?? [];
  if (list.length === 0) return '';
  const codec = compile(loaded.spec);
  const anatomy = anatomyOf(loaded, codec);
  const sections = list.map((example) => exampleSection(example, anatomy, loaded, language, say));
  return `<h2 id="examples">${say('examples')}</h2>\n<p>${say('exampleCard')}</p>\n${sections.join('')}`;
}

function exampleSection(
  { title, request, writes }: ExampleFile,
  anatomy: Anatomy,
  loaded: LoadedProfile,
  language: Language,
  say: Say,
): string {
  const { codec } = anatomy;
  const asked = codec.decode(codec.encode(request));
  const told = writes === undefined ? undefined : codec.decode(codec.encode(writes));
  const shown = (message: Message, parts: readonly Part[], what: string): string =>
    `<h4>${what} ${code(message.mti)}</h4>\n${table([say('place'), say('holds'), say('value')], exampleRows(message, parts, loaded, language))}
<p class="bytes">${code(message.encode().toString('hex').toUpperCase())}</p>`;
  return `<h3>${escaped(title[language])}</h3>
${shown(asked, anatomy.request(asked), say('request'))}
${told === undefined ? '' : shown(told, anatomy.answer(asked, told), say('answers'))}`;
}

/** Each value of a message where it stands; what no layout is of, by its element. */
function exampleRows(
  message: Message,
  parts: readonly Part[],
  { spec }: LoadedProfile,
  language: Language,
): string[][] {
  const plain = message
    .fields()
    .filter((de) => !parts.some(({ path }) => elementOf(path) === de))
    .map((de) => ({ path: String(de), holds: `<bdi>${escaped(spec.fields[de]?.name ?? '')}</bdi>`, value: message.get(de) ?? '' })); // prettier-ignore
  const placed = parts.map((part) => {
    const de = elementOf(part.path);
    const holds = part.name === undefined ? `<bdi>${escaped(spec.fields[de]?.name ?? '')}</bdi>` : named(part.name, language); // prettier-ignore
    return { path: part.path, holds, value: part.shows(part.text) };
  });
  return [...plain, ...placed]
    .sort((a, b) => elementOf(a.path) - elementOf(b.path))
    .map(({ path, holds, value }) => [code(path), holds, `<bdi>${escaped(value).replaceAll('\n', '<br>')}</bdi>`]);
}

function elementOf(path: string): number {
  return parsePath(path.split('/')[0] ?? '').de;
}

function rows(loaded: LoadedProfile, fields: Fields, language: Language): string[][] {
  return Object.entries(fields)
    .filter(([, content]) => content !== null)
    .sort(([a], [b]) => parsePath(a).de - parsePath(b).de)
    .map(([path, content]) => [code(path), formatAt(loaded, path), contentText(content as ContentFile, language)]);
}

function formatAt({ spec, file }: LoadedProfile, path: string): string {
  const plan = planAt(parsePath(path), { spec, blocks: file.blocks ?? {} });
  return plan === undefined ? '' : `<bdi>${escaped(plan.name)}</bdi> ${code(shape(plan))}`;
}

function shape({ type, min, max, encoding }: ElementPlan): string {
  return `${type}${min < max ? '..' : ''}${max} ${encoding}`;
}

function contentText(content: ContentFile, language: Language): string {
  if (typeof content === 'string') return named(content, language);
  if ('value' in content) {
    const map = Object.entries(content.map ?? {}).map(([wire, ours]) => `${code(wire)} = ${code(ours)}`);
    const page = content.page === undefined ? [] : [code(content.page)];
    return [named(content.value, language), ...page, ...map].join(', ');
  }
  if ('constant' in content) return code(content.constant);
  if ('computed' in content) return code(content.computed);
  if ('slices' in content) return content.slices.map((part) => partText(part, language)).join(' + ');
  if ('list' in content) {
    const count = content.count === undefined ? '' : `${code(`n${content.count}`)} × `;
    return `${count}(${content.of.map(([member, width]) => `${named(member, language)} ${code(String(width))}`).join(' + ')})…`;
  }
  if ('lines' in content) return content.lines.map((each) => `<bdi>${escaped(each)}</bdi>`).join('<br>');
  return `${code(content.row.join(content.between))}${code(content.end)} ${code(content.page ?? 'utf8')}`;
}

function partText(part: PartFile, language: Language): string {
  if (!Array.isArray(part)) return code(part.filler.repeat(Math.min(part.width, 3)) + `…${part.width}`);
  const [of, width] = part;
  return `${named(typeof of === 'string' ? of : of.value, language)} ${code(String(width))}`;
}

function named(value: string, language: Language): string {
  return escaped((VALUES[value] ?? [value, value])[language === 'fa' ? 0 : 1]);
}

function table(heads: readonly string[], cells: readonly (readonly string[])[]): string {
  const head = `<tr>${heads.map((each) => `<th>${each}</th>`).join('')}</tr>`;
  return `<table><thead>${head}</thead><tbody>${cells.map((row) => `<tr>${row.map((each) => `<td>${each}</td>`).join('')}</tr>`).join('')}</tbody></table>`;
}

function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
