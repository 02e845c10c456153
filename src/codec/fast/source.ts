import { dialectOf } from '../dialect.ts';
import type { Spec } from '../plan.ts';
import { writersSource } from './element.ts';
import { scanSource } from './scan.ts';
import { Tables, type Table } from './tables.ts';
import { writeSource } from './write.ts';

/** The code that `compile` generates for a dialect, as a person can read it: JavaScript, each function with the legend of its
 *  names, and its tables behind it as comments. */
export function generatedSource(spec: Spec): string {
  const dialect = dialectOf(spec);
  return [
    part('Finds and checks the elements of a frame (decode).', 'scan', (tables) => scanSource(dialect, tables)),
    part('Writes a message (encode).', 'write', (tables) => writeSource(dialect, tables)),
    part('Writes a value in the place of one that is as long (patch): a function an element.', 'patch', (tables) =>
      writersSource(spec.fields, tables),
    ),
  ].join('\n');
}

function part(purpose: string, name: string, generate: (tables: Tables) => string | undefined): string {
  const tables = new Tables();
  const source = generate(tables);
  if (source === undefined) return `// ${purpose}\n// ${name}: no generated code; the codec of each element does it.\n`;
  const list = tables.list.map((table, index) => `// T[${index}]  ${tableText(table)}\n`).join('');
  return `// ${purpose}\nconst ${name} =\n${laidOut(source)};\n\n${list}`;
}

/** A statement a line, indented by its braces. Generated code has no text in quotes but element numbers. */
function laidOut(source: string): string {
  const lines = source.split('\n').flatMap((line) => (line.startsWith('//') ? line : statements(line)));
  let depth = 0;
  return lines
    .map((line) => {
      if (line.startsWith('//')) return '  '.repeat(depth) + line;
      if (/^[}\]]/.test(line)) depth--;
      const indented = '  '.repeat(Math.max(0, depth)) + line;
      if (/[{[]$/.test(line)) depth++;
      return indented;
    })
    .join('\n');
}

/** What stays on the line of a closing brace. */
const TAILS = [',', ' else {'];

/** Cut behind `;`, `{` and `}` that stand in no parentheses. */
function statements(line: string): string[] {
  const found: string[] = [];
  let [from, parentheses] = [0, 0];
  const take = (to: number): void => {
    const text = line.slice(from, to).trim();
    if (text !== '') found.push(text);
    from = to;
  };
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (character === '(') parentheses++;
    else if (character === ')') parentheses--;
    else if (parentheses > 0) continue;
    else if (character === ';' || character === '{') take(at + 1);
    else if (character === '}') {
      take(at);
      at += TAILS.find((tail) => line.startsWith(tail, at + 1))?.length ?? 0;
      take(at + 1);
    }
  }
  take(line.length);
  return found;
}

/** A table as ranges of places and what they hold; what most places hold comes last. */
function tableText(table: Table): string {
  const counts = new Map<number, number>();
  for (const value of table) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [rest = 0] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
  const ranges = new Map<string, string[]>();
  for (let from = 0; from < table.length; from++) {
    const value = table[from] ?? 0;
    if (value === rest) continue;
    const step = table[from + 1] === value + 1 ? 1 : 0; // digits: what is held rises with the place
    let to = from;
    while (to + 1 < table.length && table[to + 1] === value + step * (to + 1 - from)) to++;
    const held = step === 0 ? String(value) : `${value}-${value + to - from}`;
    ranges.set(held, [...(ranges.get(held) ?? []), from === to ? hex(from) : `${hex(from)}-${hex(to)}`]);
    from = to;
  }
  return `${[...ranges].map(([held, places]) => `${held} at ${places.join(' ')}; `).join('')}${rest} elsewhere`;
}

function hex(place: number): string {
  return place.toString(16).toUpperCase().padStart(2, '0');
}
