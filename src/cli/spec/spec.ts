import type { Command } from 'commander';
import { relative } from 'node:path';
import { checkSpec, type Finding } from '../../spec-tools/check/index.ts';
import { registerDrift } from '../capture/doctor.ts';
import { registerDiff } from './diff.ts';
import { registerDoc } from './doc.ts';
import { registerExport } from './export.ts';
import { registerImport } from './import.ts';
import { registerSource } from './source.ts';
import { howMany } from '../print.ts';

/** `kalabarg spec`: what engineers do with dialect files. */
export function register(program: Command): void {
  const spec = program.command('spec');
  spec
    .command('check')
    .description('every mistake of dialect files, and what looks like one')
    .argument('<file|name...>', 'dialects: files, or names of specs/')
    .option('--json', 'a JSON object a finding')
    .option('--strict', 'warnings count as mistakes')
    .action(check);
  registerDiff(spec);
  registerDoc(spec);
  registerSource(spec);
  registerImport(spec);
  registerExport(spec);
  registerDrift(spec);
}

function check(specs: readonly string[], options: { readonly json?: boolean; readonly strict?: boolean }): void {
  const findings = specs.flatMap((spec) => {
    const own = checkSpec(spec).findings;
    if (options.json !== true) {
      for (const finding of own) console.log(lineOf(finding));
      console.log(summary(spec, own));
    }
    return own;
  });
  if (options.json === true) for (const finding of findings) console.log(JSON.stringify(finding));
  if (findings.some(({ severity }) => severity === 'fault' || options.strict === true)) process.exitCode = 1;
}

function lineOf({ severity, file, path, line, reason }: Finding): string {
  const place = [relative('.', file), ...(line === undefined ? [] : [String(line)])].join(':');
  return `${place}: ${severity}: ${path === '' ? '' : `${path}: `}${reason}`;
}

function summary(spec: string, findings: readonly Finding[]): string {
  const faults = findings.filter(({ severity }) => severity === 'fault').length;
  return `${spec}: ${howMany(faults, 'fault')}, ${howMany(findings.length - faults, 'warning')}`;
}
