import type { ElementPlan } from '../../codec/index.ts';
import { partsOf, type ContentPlan } from '../plans.ts';
import { bound, gone, WHY, type Tell } from './change.ts';

type Compare = (tell: Tell, path: string, before: ElementPlan, after: ElementPlan) => void;

/** The differences of what is inside a value. @param compare  of each subfield that both have */
export function compareContents(
  tell: Tell,
  path: string,
  before: ContentPlan | undefined,
  after: ContentPlan | undefined,
  compare: Compare,
): void {
  if (before === undefined && after === undefined) return;
  if (before === undefined)
    tell(path, 'subfields are described', 'senders', 'values that do not add up are refused now');
  else if (after === undefined)
    tell(path, 'subfields are not described any more', 'receivers', 'values need not add up any more');
  else if (before.kind !== after.kind)
    tell(path, `content ${before.kind} → ${after.kind}`, 'both', 'the same bytes are other subfields');
  else compareSame(tell, path, before, after, compare);
}

function compareSame(tell: Tell, path: string, before: ContentPlan, after: ContentPlan, compare: Compare): void {
  if (heads(before) !== heads(after))
    tell(path, `${heads(before)} → ${heads(after)}`, 'both', 'subfields begin at other bytes');
  if (before.kind === 'fields' && after.kind === 'fields') comparePositions(tell, path, before, after);
  const [was, is] = [new Map(partsOf(before)), new Map(partsOf(after))];
  const { added, removed, kept } = gone([...was.keys()], [...is.keys()]);
  for (const key of kept) {
    const [old, now] = [was.get(key), is.get(key)];
    if (old !== undefined && now !== undefined) compare(tell, `${path}.${key}`, old, now);
  }
  if (before.kind === 'fields') return;
  const open = before.kind !== 'bitmapped';
  for (const key of added) {
    const reason = open ? 'old receivers keep tags that they do not know' : WHY.looser;
    tell(`${path}.${key}`, `new: ${is.get(key)?.name ?? ''}`, open ? 'nobody' : 'receivers', reason);
  }
  for (const key of removed) {
    const reason = open ? 'the new keeps tags that it does not know' : WHY.stricter;
    tell(`${path}.${key}`, `gone: ${was.get(key)?.name ?? ''}`, open ? 'nobody' : 'senders', reason);
  }
}

function comparePositions(
  tell: Tell,
  path: string,
  before: ContentPlan & { kind: 'fields' },
  after: ContentPlan & { kind: 'fields' },
): void {
  bound(tell, path, 'rows', before.repeat, after.repeat, true);
  if (before.partial !== after.partial)
    tell(
      path,
      after.partial ? 'subfields at the end may be absent' : 'all subfields must be there',
      after.partial ? 'receivers' : 'senders',
      after.partial ? WHY.looser : WHY.stricter,
    );
  const [was, is] = [before.fields.map(([key]) => key), after.fields.map(([key]) => key)];
  if (was.join() === is.join()) return;
  const change = `subfields ${was.join(' ')} → ${is.join(' ')}`;
  const [longer, shorter] = is.length > was.length ? [is, was] : [was, is];
  const appended = after.partial && before.partial && longer.slice(0, shorter.length).join() === shorter.join();
  if (!appended || longer.length === shorter.length) tell(path, change, 'both', 'the same bytes are other subfields');
  else tell(path, change, longer === is ? 'receivers' : 'senders', longer === is ? WHY.looser : WHY.stricter);
}

/** What stands in front of subfields. */
function heads(content: ContentPlan): string {
  switch (content.kind) {
    case 'tags':
      return `tag ${headText(content.tag)}, length ${headText(content.length)}`;
    case 'datasets':
      return `identifier ${headText(content.id)}, length ${headText(content.length)}`;
    case 'bitmapped':
      return `bitmap of ${content.bytes} bytes`;
    case 'ber':
    case 'fields':
      return '';
  }
}

function headText({
  encoding,
  bytes,
  includesItself,
}: {
  encoding: string;
  bytes: number;
  includesItself: boolean;
}): string {
  return `${encoding} of ${bytes} byte(s)${includesItself ? ' counting both' : ''}`;
}
