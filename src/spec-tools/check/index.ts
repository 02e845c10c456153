import type { Spec } from '../../codec/index.ts';
import { specFaults } from './faults.ts';
import { specWarnings } from './lint.ts';
import { mergeSpec, specChain, type Json, type SpecSource } from './source.ts';

/** One thing that is wrong with a dialect, or looks so. */
export interface Finding {
  readonly severity: 'fault' | 'warning';
  readonly file: string;
  /** In the JSON: `fields.48.content.tags.01.format`. */
  readonly path: string;
  /** Absent: nothing of that path is written down, or the file is no JSON. */
  readonly line?: number;
  readonly reason: string;
}

/** Everything wrong with a dialect, given by name or file, over all files that it extends. `spec`: the dialect without
 *  what is faulty; absent when nothing can be made of it. */
export function checkSpec(nameOrFile: string): { findings: Finding[]; spec?: Spec } {
  const chain = specChain(nameOrFile);
  if (!Array.isArray(chain)) return { findings: [{ severity: 'fault', ...chain }] };
  const json = chain.reduce<Json>((merged, source) => mergeSpec(merged, without(source.json)), {});
  const { faults, spec } = specFaults(json);
  const warnings = spec === undefined ? [] : specWarnings(spec, json);
  const findings: Finding[] = [
    ...faults.map(({ path, reason }): Finding => ({ severity: 'fault', ...placeOf(chain, path), reason })),
    ...chain.flatMap((source) =>
      source.twice.map((path): Finding => ({
        severity: 'fault',
        ...place(source, path),
        reason: 'stands twice: only the last is read',
      })),
    ),
    ...warnings.map(({ path, reason }): Finding => ({ severity: 'warning', ...placeOf(chain, path), reason })),
  ];
  return { findings, ...(spec && { spec }) };
}

/** `extends` is followed here, so that each mistake can be laid to its file. */
function without(json: Json): Json {
  return Object.fromEntries(Object.entries(json).filter(([key]) => key !== 'extends'));
}

/** The youngest file that says something of the path, or of what is around it. */
function placeOf(chain: readonly SpecSource[], path: string): Pick<Finding, 'file' | 'path' | 'line'> {
  for (let around = path; around !== ''; around = around.slice(0, Math.max(0, around.lastIndexOf('.')))) {
    const source = chain.findLast(({ lines }) => lines.has(around));
    if (source !== undefined) return { ...place(source, around), path };
  }
  return { file: chain.at(-1)?.file ?? '', path };
}

function place(source: SpecSource, path: string): Pick<Finding, 'file' | 'path' | 'line'> {
  const line = source.lines.get(path);
  return { file: source.file, path, ...(line !== undefined && { line }) };
}
