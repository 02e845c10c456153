import type { Spec } from '../../codec/index.ts';
import { gone, WHY, type Change, type Tell } from './change.ts';
import { compareElements } from './element.ts';
export type { Breaks } from './change.ts';

/** What changed from one version of a dialect to another, and whom each change breaks. Source: what src/codec refuses. */
export function diffSpecs(before: Spec, after: Spec): Change[] {
  const changes: Change[] = [];
  const tell: Tell = (path, change, breaks, reason) => void changes.push({ path, change, breaks, reason });
  compareHeads(tell, before, after);
  const last = Math.max(before.fields.length, after.fields.length);
  for (let de = 2; de < last; de++) {
    const [was, is] = [before.fields[de], after.fields[de]];
    const path = String(de);
    if (was !== undefined && is !== undefined) compareElements(tell, path, was, is);
    else if (was !== undefined) tell(path, `gone: ${was.name}`, 'senders', 'its bit is refused now');
    else if (is !== undefined) tell(path, `new: ${is.name}`, 'receivers', 'old receivers refuse its bit');
  }
  comparePresence(tell, before, after);
  return changes;
}

function compareHeads(tell: Tell, before: Spec, after: Spec): void {
  if (before.name !== after.name) tell('name', `"${before.name}" → "${after.name}"`, 'nobody', WHY.shown);
  if (before.mti.encoding !== after.mti.encoding)
    tell('mti', `${before.mti.encoding} → ${after.mti.encoding}`, 'both', WHY.otherBytes);
  const versions = gone(before.mti.versions.split(''), after.mti.versions.split(''));
  if (versions.added.length > 0) tell('mti', `versions ${versions.added.join()} taken`, 'receivers', WHY.looser);
  if (versions.removed.length > 0) tell('mti', `versions ${versions.removed.join()} refused`, 'senders', WHY.stricter);
  if (before.bitmap.encoding !== after.bitmap.encoding)
    tell('bitmap', `${before.bitmap.encoding} → ${after.bitmap.encoding}`, 'both', WHY.otherBytes);
  const [was, is] = [before.bitmap.count, after.bitmap.count];
  if (was !== is)
    tell('bitmap', `${was} → ${is} bitmaps`, is > was ? 'receivers' : 'senders', is > was ? WHY.looser : WHY.stricter);
  if (before.bitmap.secondary !== after.bitmap.secondary)
    tell('bitmap', `secondary ${before.bitmap.secondary} → ${after.bitmap.secondary}`, 'both', WHY.otherBytes);
  if (was === 3 && is === 3 && before.bitmap.third !== after.bitmap.third)
    tell('bitmap', `third ${before.bitmap.third} → ${after.bitmap.third}`, 'both', WHY.otherBytes);
}

function comparePresence(tell: Tell, before: Spec, after: Spec): void {
  for (const key of new Set([...Object.keys(before.presence), ...Object.keys(after.presence)])) {
    const [was, is] = [before.presence[key], after.presence[key]];
    const of = (
      name: string,
      old: readonly string[],
      now: readonly string[],
      words: readonly [string, string],
    ): void => {
      const { added, removed } = gone(old, now);
      for (const one of added)
        tell(`presence.${key}`, `${one} ${words[0]}`, 'senders', `old senders need not keep to it (${name})`);
      for (const one of removed)
        tell(`presence.${key}`, `${one} ${words[1]}`, 'receivers', `old receivers still ask for it (${name})`);
    };
    of('mandatory', was?.mandatory ?? [], is?.mandatory ?? [], ['mandatory', 'not mandatory any more']);
    of('forbidden', was?.forbidden ?? [], is?.forbidden ?? [], ['forbidden', 'not forbidden any more']);
    const groups = (all: readonly (readonly string[])[] | undefined): string[] =>
      (all ?? []).map((group) => [...group].sort((a, b) => Number(a) - Number(b)).join(' or '));
    of('one of', groups(was?.oneOf), groups(is?.oneOf), ['mandatory', 'not mandatory any more']);
  }
}
