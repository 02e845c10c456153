import type { ElementPlan, Entry, Message, Secret } from '../codec/index.ts';
import { contentOf, lookUp, masked } from '../codec/describe/index.ts';
import type { Anatomy, Part } from '../profiles/index.ts';
import { madeUpAt, type Rewriter } from './rewrite.ts';

/** One value that is not what it should be. Secret values are masked. */
export interface FieldDifference {
  /** `39`, `48.12`, `63#047/quoteRef`, `mti`, `mac`, or `answer` when there is none. */
  readonly path: string;
  readonly name: string;
  readonly expected: string | undefined;
  readonly actual: string | undefined;
}

/** Never the same twice, whatever the gateway does: times, MACs (which are checked), keys, the issuer's data on the card, what waits for
 *  the terminal, days to come. Elements and tags, and values wherever a profile has them. */
export const ALWAYS_IGNORED = ['7', '64', '128', '55.91', 'now', 'nowLocalTime', 'nowLocalDate', 'tpk', 'tak', 'news', 'creditDates'] as const; // prettier-ignore

export interface Compared {
  readonly anatomy: Anatomy;
  /** As the capture, or a golden file, has it. */
  readonly expected: Message;
  readonly actual: Message;
  /** Request of the capture and of this run: what an answer repeats of the one it must repeat of the other. */
  readonly recorded: Message | undefined;
  readonly sent: Message | undefined;
}

/** Field by field, down to tags: what the answer should be and what it is. Made-up values are learned on the way. */
export function compareAnswers(
  compared: Compared,
  rewriter: Rewriter,
  ignored: ReadonlySet<string>,
): FieldDifference[] {
  const { anatomy, expected, actual, recorded, sent } = compared;
  const differences: FieldDifference[] = [];
  if (expected.mti !== actual.mti)
    differences.push({ path: 'mti', name: 'Message type', expected: expected.mti, actual: actual.mti });
  const wanted = leaves(expected, anatomy.answer(recorded, expected));
  const got = leaves(actual, anatomy.answer(sent ?? recorded, actual));
  const said = { recorded: askedOf(anatomy, recorded), sent: askedOf(anatomy, sent) };
  for (const path of new Set([...wanted.keys(), ...got.keys()])) {
    const [left, right] = [wanted.get(path), got.get(path)];
    const part = left?.part ?? right?.part;
    if (namesOf(path, part).some((name) => ignored.has(name))) continue;
    const due = left === undefined ? undefined : dueValue(path, left, right?.value, said, rewriter);
    if (due === right?.value) continue;
    const { name, secret } = left ?? right ?? { name: '', secret: undefined };
    const shown = (value: string | undefined): string | undefined =>
      value === undefined ? undefined : masked(part?.shows(value) ?? value, secret);
    differences.push({ path, name, expected: shown(due), actual: shown(right?.value) });
  }
  return differences;
}

/** By what a place may be left out: `63#047/quoteRef` is of `63#047`, of `63`, and a `quoteRef`. */
function namesOf(path: string, part: Part | undefined): string[] {
  const outer = [...path.matchAll(/[.#/]/g)].map(({ index }) => path.slice(0, index));
  return [path, ...outer, ...(part?.name === undefined ? [] : [part.name])];
}

interface Said {
  readonly recorded: ReadonlyMap<string, Leaf>;
  readonly sent: ReadonlyMap<string, Leaf>;
}

function askedOf(anatomy: Anatomy, request: Message | undefined): ReadonlyMap<string, Leaf> {
  if (request === undefined) return new Map();
  const parts = anatomy.request(request);
  return new Map([...leaves(request, []), ...leaves(request, parts)]); // an answer may repeat a whole element too
}

/** What a value of the capture must be in this run. */
function dueValue(
  path: string,
  { value, part }: Leaf,
  actual: string | undefined,
  { recorded, sent }: Said,
  rewriter: Rewriter,
): string {
  const echoed = sent.get(path)?.value;
  if (echoed !== undefined && recorded.get(path)?.value === value) return echoed;
  if (part?.lines !== undefined) return rewriter.told(value, part.lines);
  const kind = madeUpAt(part?.name, path);
  if (kind === undefined) return value;
  const known = rewriter.learned(kind, value);
  if (known !== undefined) return known;
  if (actual !== undefined) rewriter.learn(kind, value, actual);
  return actual ?? value;
}

interface Leaf {
  readonly value: string;
  readonly part?: Part | undefined;
  readonly name: string;
  readonly secret: Secret | undefined;
}

/** What holds a part. */
interface Around {
  readonly name: string;
  readonly content?: ElementPlan['content'];
  readonly secret?: Secret | undefined;
}

/** Every value by its path: elements, the tags of those that have some, and where the profile has several values in one place, each. */
export function leaves(message: Message, parts: readonly Part[]): Map<string, Leaf> {
  const found = new Map<string, Leaf>();
  for (const de of message.fields()) {
    const plan = message.spec.fields[de];
    const entries = message.entries(de);
    if (entries.length > 0) collect(entries, String(de), plan ?? { name: '' }, found);
    else found.set(String(de), { value: message.get(de) ?? '', name: plan?.name ?? '', secret: plan?.secret });
  }
  for (const part of parts) {
    const place = part.path.split('/')[0] ?? '';
    const whole = found.get(place) ?? found.get(place.split('#')[0] ?? '');
    const { name = '', secret } = whole ?? {};
    found.set(part.path, { value: part.text, part, name: place === part.path ? name : `${name}, ${part.name ?? 'rest'}`, secret }); // prettier-ignore
  }
  // An element whose every piece is compared is not compared as a whole too.
  for (const { path } of parts) {
    const [place = ''] = path.split('/');
    if (place !== path) found.delete(place);
    const [element = ''] = place.split('#');
    if (element !== place) found.delete(element);
  }
  return found;
}

function collect(entries: readonly Entry[], path: string, around: Around, found: Map<string, Leaf>): void {
  for (const entry of entries) {
    const own = `${path}.${entry.key}`;
    const { name = `${around.name}, ${entry.key}`, secret } = lookUp(entry, around.content, around.secret);
    const content = contentOf(entry, around.content);
    if (entry.children !== undefined) collect(entry.children, own, { name, content, secret }, found);
    else found.set(own, { value: entry.value, name, secret });
  }
}
