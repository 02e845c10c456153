import { describeSettings, type Setting } from './config.ts';

/** Every setting as a table in Markdown, as it stands in docs/settings.md.
 *  @returns lines without a line end after the last */
export function settingsTable(settings: readonly Setting[] = describeSettings()): string {
  const rows = settings.map(({ key, environment, fallback, bounds, description }) => [
    code(key),
    code(environment),
    fallback === '' ? 'empty' : code(String(fallback)),
    bounds.startsWith('text') ? bounds.replace(/(?<=matches )(.*)/, code) : bounds,
    cell(description),
  ]);
  const head = ['setting', 'environment', 'default', 'may be', 'meaning'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

/** What would end a cell, or be taken for a tag of HTML, is escaped. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
