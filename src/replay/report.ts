import type { FieldDifference } from './compare.ts';
import type { Played, ReplayResult } from './result.ts';

/** What differs, for a person: the request, then each field by name, as it was and as it is. */
export function differenceText(played: Played): string {
  const { number, title, connection, differences } = played;
  return [`#${number} ${title} on ${connection}`, ...differences.map((one) => `    ${line(one)}`)].join('\n');
}

function line({ path, name, expected, actual }: FieldDifference): string {
  const was = expected === undefined ? 'absent' : quoted(expected);
  const is = actual === undefined ? (path === 'answer' ? 'no answer' : 'absent') : quoted(actual);
  return `${path.padEnd(7)} ${name}: was ${was}, is ${is}`;
}

function quoted(value: string): string {
  return value.length <= 60 ? `"${value}"` : `"${value.slice(0, 57)}…" (${value.length})`;
}

/** A whole run: differences, notes, and one line at the end. */
export function reportText(result: ReplayResult): string {
  const { played, different, notes, tookMs, file } = result;
  const verdict = different === 0 ? 'no differences' : `${different} of ${played.length} answers differ`;
  return [
    ...played.filter(({ differences }) => differences.length > 0).map(differenceText),
    ...notes.map((note) => `note: ${note}`),
    `${file}: ${played.length} requests, ${verdict}, ${(tookMs / 1_000).toFixed(1)} s; ${latencies(played)}`,
  ].join('\n');
}

function latencies(played: readonly Played[]): string {
  const median = (values: (number | undefined)[]): string => {
    const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
    return sorted.length === 0 ? '-' : `${(sorted[sorted.length >> 1] ?? 0).toFixed(1)} ms`;
  };
  return `median ${median(played.map(({ tookMs }) => tookMs))}, then ${median(played.map(({ recordedMs }) => recordedMs))}`;
}

/** JUnit XML as CI servers read it: a test case a request. */
export function junitXml(results: readonly ReplayResult[]): string {
  const suites = results.map((result) => {
    const { file, played, different, tookMs } = result;
    const cases = played.map(testCase).join('');
    const head = `name="${escaped(file)}" tests="${played.length}" failures="${different}" errors="0" time="${seconds(tookMs)}"`;
    return `  <testsuite ${head}>\n${cases}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;
}

function testCase(played: Played): string {
  const { number, title, connection, differences, tookMs } = played;
  const head = `classname="${escaped(connection)}" name="${escaped(`${number} ${title}`)}" time="${seconds(tookMs ?? 0)}"`;
  if (differences.length === 0) return `    <testcase ${head}/>\n`;
  const message = `${differences.length} differences: ${differences.map(({ path }) => path).join(', ')}`;
  return `    <testcase ${head}>\n      <failure message="${escaped(message)}">${escaped(differenceText(played))}</failure>\n    </testcase>\n`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

/** XML 1.0 2.2: control characters but tab and line ends cannot be written at all. */
function escaped(text: string): string {
  const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, '?').replace(/[&<>"]/g, (mark) => marks[mark] ?? mark);
}
