import { unknownTags, type Codec, type Entry, type Spec } from '../../codec/index.ts';
import type { CapturedFrame } from '../frame.ts';
import { faultOf } from './rank.ts';

/** How traffic and a dialect have grown apart. */
export interface Drift {
  readonly messages: number;
  /** Elements and tags in traffic that the dialect does not know, with how often. */
  readonly unknown: ReadonlyMap<string, number>;
  /** Elements that do not fit their description, by path and reason. */
  readonly misfits: ReadonlyMap<string, number>;
  /** Elements and tags that the dialect demands or describes by name, and no message of traffic has. */
  readonly demanded: readonly string[];
  readonly unused: readonly string[];
}

/** Compares what was said with what a dialect says could be said. */
export function specDrift(frames: readonly CapturedFrame[], codec: Codec): Drift {
  const unknown = new Map<string, number>();
  const misfits = new Map<string, number>();
  const seen = new Set<string>();
  const byMti = new Map<string, Set<string>>();
  let messages = 0;
  const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);
  for (const { body } of frames) {
    if (body.length === 0) continue;
    messages++;
    const fault = faultOf(codec, body);
    if (fault !== undefined) {
      if (/not an element/.test(fault.reason)) count(unknown, fault.path);
      else count(misfits, `${fault.path}: ${fault.reason}`);
      continue;
    }
    const message = codec.decode(body);
    const present = byMti.get(message.mti) ?? new Set<string>();
    byMti.set(message.mti, present);
    for (const de of message.fields()) {
      seen.add(String(de));
      present.add(String(de));
      for (const path of pathsIn(message.entries(de), String(de))) {
        seen.add(path);
        present.add(path);
      }
    }
    for (const path of unknownTags(message)) count(unknown, path);
  }
  return { messages, unknown, misfits, demanded: demanded(codec.spec, byMti), unused: unused(codec.spec, seen) };
}

function pathsIn(entries: readonly Entry[], path: string): string[] {
  return entries.flatMap((entry) => {
    const own = `${path}.${entry.key}`;
    return [own, ...pathsIn(entry.children ?? [], own)];
  });
}

/** Mandatory elements of message types that came, and that no message of the type had. */
function demanded(spec: Spec, byMti: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const missing: string[] = [];
  for (const [mti, present] of byMti) {
    for (const path of (spec.presence[mti] ?? spec.presence[mti.slice(0, 3)])?.mandatory.map(String) ?? [])
      if (!present.has(path)) missing.push(`${mti}: ${path} ${spec.fields[Number(path.split('.')[0])]?.name ?? ''}`);
  }
  return missing;
}

/** Tags that the dialect names inside elements which came. Elements themselves are the standard's: most are never used. */
function unused(spec: Spec, seen: ReadonlySet<string>): string[] {
  const missing: string[] = [];
  for (const [de, plan] of spec.fields.entries()) {
    if (plan?.content?.kind !== 'tags' || !seen.has(String(de))) continue;
    for (const [tag, inner] of Object.entries(plan.content.tags))
      if (!seen.has(`${de}.${tag}`)) missing.push(`${de}.${tag} ${inner.name}`);
  }
  return missing;
}
