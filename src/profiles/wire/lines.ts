import { latinDigits } from '../../field/persian.ts';
import type { LinesFile } from '../language/schema.ts';
import { fromPage, toPage } from './page.ts';
import type { Path } from './path.ts';
import type { Read } from './source.ts';

interface LinePlaced {
  readonly name: string;
  readonly path: string;
  readonly read: Read;
}

const NAMED = /\{([A-Za-z]+)\}/;
const ONLY_NAMED = /^\{([A-Za-z]+)\}$/;

/** Values that are said on the lines of a receipt: a device that is sent lines alone reads them there. Of a line that is nothing but a
 *  value, what no other line is. */
export function placedInLines(
  path: Path,
  { lines, page = 'utf8', between = '\n' }: LinesFile,
  raw: Read,
): LinePlaced[] {
  const known = lines.filter((line) => !ONLY_NAMED.test(line)).flatMap((line) => patternOf(line, page) ?? []);
  return lines.flatMap((line): LinePlaced[] => {
    const name = NAMED.exec(line)?.[1];
    if (name === undefined) return [];
    const alone = ONLY_NAMED.test(line);
    const pattern = alone ? /^(.+)$/ : patternOf(line, page);
    if (pattern === undefined) return [];
    const read: Read = (s) => {
      const text = raw(s);
      if (text === undefined) return undefined;
      const all = fromPage(text, page).split(between);
      const found = all.find((each) => pattern.test(each) && !(alone && known.some((other) => other.test(each))));
      const value = found === undefined ? undefined : pattern.exec(found)?.[1];
      return value === undefined || alone ? value : latinDigits(value).replace(/(?<=\d),(?=\d)/g, '');
    };
    return [{ name, path: path.text, read }];
  });
}

/** What a line of one value is as it comes back from its page; undefined: of several values nothing is told apart. */
function patternOf(line: string, page: NonNullable<LinesFile['page']>): RegExp | undefined {
  const parts = line.split(new RegExp(NAMED, 'g'));
  const [before = '', , after = ''] = parts;
  if (parts.length !== 3) return undefined;
  const [left, right] = [before, after].map((text) =>
    fromPage(toPage(text, page), page).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  return new RegExp(`^${left ?? ''}(.+)${right ?? ''}$`);
}
