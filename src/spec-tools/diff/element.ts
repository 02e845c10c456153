import type { ElementPlan } from '../../codec/index.ts';
import { CODE_PAGES, admits } from '../../codec/values/index.ts';
import { formatText, type PrefixPlan } from '../plans.ts';
import { bound, WHY, type Breaks, type Tell } from './change.ts';
import { compareContents } from './content.ts';

/** Texts in which the characters of US-ASCII are the same bytes. */
const ASCII_LIKE: readonly string[] = ['ascii', 'latin1', 'cp1256', 'utf8'];

/** The differences of one element, subfield or tag. */
export function compareElements(tell: Tell, path: string, before: ElementPlan, after: ElementPlan): void {
  if (before.name !== after.name) tell(path, `name "${before.name}" → "${after.name}"`, 'nobody', WHY.shown);
  if (before.secret !== after.secret)
    tell(path, `secret ${before.secret ?? 'no'} → ${after.secret ?? 'no'}`, 'nobody', WHY.shown);
  if (JSON.stringify(before.values) !== JSON.stringify(after.values))
    tell(path, 'names of values', 'nobody', WHY.shown);
  compareLengths(tell, path, before, after);
  compareRepresentation(tell, path, before, after);
  if (JSON.stringify(before.pad) !== JSON.stringify(after.pad))
    tell(path, 'padding', 'both', 'the same bytes are another value');
  compareContents(tell, path, before.content, after.content, compareElements);
}

function compareLengths(tell: Tell, path: string, before: ElementPlan, after: ElementPlan): void {
  const [was, is] = [before.prefix, after.prefix];
  const tag = was === undefined && is === undefined && (before.min !== before.max || after.min !== after.max);
  if ((was === undefined) !== (is === undefined)) {
    tell(
      path,
      `format ${formatText(before)} → ${formatText(after)}`,
      'both',
      'a length stands in front of only one of them',
    );
  } else if (was === undefined && !tag) {
    if (before.max !== after.max)
      tell(path, `length ${before.max} → ${after.max}`, 'both', 'what follows begins at another byte');
  } else {
    bound(tell, path, 'most', before.max, after.max, true);
    bound(tell, path, 'least', before.min, after.min, false);
  }
  if (was !== undefined && is !== undefined && prefixText(was) !== prefixText(is))
    tell(path, `length prefix ${prefixText(was)} → ${prefixText(is)}`, 'both', WHY.otherBytes);
}

function prefixText({ encoding, bytes, counts, includesItself }: PrefixPlan): string {
  return `${encoding} of ${bytes} byte(s)${counts === 'units' ? '' : ` counting ${counts}`}${includesItself ? ' and itself' : ''}`;
}

function compareRepresentation(tell: Tell, path: string, before: ElementPlan, after: ElementPlan): void {
  const change = `${before.type} in ${before.encoding} → ${after.type} in ${after.encoding}`;
  if (
    before.encoding !== after.encoding &&
    !(ASCII_LIKE.includes(before.encoding) && ASCII_LIKE.includes(after.encoding))
  ) {
    tell(path, change, 'both', WHY.otherBytes);
    return;
  }
  const odd = before.prefix !== undefined || (before.max & 1) === 1;
  if (after.encoding === 'bcd' && before.odd !== after.odd && odd)
    tell(
      path,
      `odd digits ${before.odd} → ${after.odd}`,
      'both',
      'the half byte that is left over is filled otherwise',
    );
  if (before.type === 'b' || after.type === 'b' || (before.type === 'x+n') !== (after.type === 'x+n')) {
    if (before.type !== after.type) tell(path, change, 'both', 'values are of another nature');
    return;
  }
  const [was, is] = [alphabet(before), alphabet(after)];
  const breaks = compareAlphabets(was, is);
  if (breaks === 'nobody') return;
  const reason =
    breaks === 'receivers'
      ? WHY.looser
      : breaks === 'senders'
        ? WHY.stricter
        : 'each takes characters that the other refuses';
  tell(
    path,
    change === `${after.type} in ${after.encoding} → ${after.type} in ${after.encoding}` ? 'characters' : change,
    breaks,
    reason,
  );
}

/** The characters that may stand there, each with the byte that it is. */
function alphabet(plan: ElementPlan): Set<string> {
  const { type, encoding, asciiOnly } = plan;
  const found = new Set<string>();
  if (type === 'b') return found;
  const page = encoding in CODE_PAGES ? CODE_PAGES[encoding as keyof typeof CODE_PAGES] : undefined;
  for (let byte = 0; byte < 256; byte++) {
    const code = page === undefined ? byte : page.charCodeAt(byte);
    if (!admits(type, code, asciiOnly)) continue;
    found.add(`${code}:${page === undefined && byte > 0x7f ? 'more bytes' : byte}`);
  }
  return found;
}

function compareAlphabets(before: ReadonlySet<string>, after: ReadonlySet<string>): Breaks {
  const added = [...after].some((one) => !before.has(one));
  const removed = [...before].some((one) => !after.has(one));
  if (added) return removed ? 'both' : 'receivers';
  return removed ? 'senders' : 'nobody';
}
