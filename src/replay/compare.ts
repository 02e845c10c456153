import type { ElementPlan, Entry, Message, Secret } from '../codec/index.ts';
import { contentOf, lookUp, masked } from '../codec/describe/index.ts';
import { MADE_UP, type Rewriter } from './rewrite.ts';

/** One value that is not what it should be. Secret values are masked. */
export interface FieldDifference {
  /** `39`, `48.12`, `mti`, `mac`, or `answer` when there is none. */
  readonly path: string;
  readonly name: string;
  readonly expected: string | undefined;
  readonly actual: string | undefined;
}

/** Never the same twice, whatever the gateway does: DE 7, MACs (which are checked), keys, the issuer's data on the card. */
export const ALWAYS_IGNORED = ['7', '64', '128', '48.30', '48.31', '55.91'] as const;

export interface Compared {
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
  const { expected, actual, recorded, sent } = compared;
  const differences: FieldDifference[] = [];
  if (expected.mti !== actual.mti)
    differences.push({ path: 'mti', name: 'Message type', expected: expected.mti, actual: actual.mti });
  const [wanted, got] = [leaves(expected), leaves(actual)];
  for (const path of new Set([...wanted.keys(), ...got.keys()])) {
    if (ignored.has(path) || ignored.has(path.split('.')[0] ?? '')) continue;
    const [left, right] = [wanted.get(path), got.get(path)];
    const due = left === undefined ? undefined : dueValue(path, left.value, right?.value, recorded, sent, rewriter);
    if (due === right?.value) continue;
    const { name, secret } = left ?? right ?? { name: '', secret: undefined };
    const shown = (value: string | undefined): string | undefined =>
      value === undefined ? undefined : masked(value, secret);
    differences.push({ path, name, expected: shown(due), actual: shown(right?.value) });
  }
  return differences;
}

/** What a value of the capture must be in this run. */
function dueValue(
  path: string,
  value: string,
  actual: string | undefined,
  recorded: Message | undefined,
  sent: Message | undefined,
  rewriter: Rewriter,
): string {
  const asked = path.includes('.') ? path : Number(path);
  if (recorded?.get(asked) === value && sent?.get(asked) !== undefined) return sent.get(asked) ?? value;
  if (!(MADE_UP as readonly string[]).includes(path)) return value;
  const known = rewriter.learned(path, value);
  if (known !== undefined) return known;
  if (actual !== undefined) rewriter.learn(path, value, actual);
  return actual ?? value;
}

interface Leaf {
  readonly value: string;
  readonly name: string;
  readonly secret: Secret | undefined;
}

/** What holds a part. */
interface Around {
  readonly name: string;
  readonly content?: ElementPlan['content'];
  readonly secret?: Secret | undefined;
}

/** Every value by its path: elements, and the tags of those that have some. */
function leaves(message: Message): Map<string, Leaf> {
  const found = new Map<string, Leaf>();
  for (const de of message.fields()) {
    const plan = message.spec.fields[de];
    const entries = message.entries(de);
    if (entries.length > 0) collect(entries, String(de), plan ?? { name: '' }, found);
    else found.set(String(de), { value: message.get(de) ?? '', name: plan?.name ?? '', secret: plan?.secret });
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
