import type { Command } from 'commander';
import { basename } from 'node:path';
import {
  checkImported,
  type Imported,
  type ImportIssue,
  importJpos,
  importMoov,
} from '../../spec-tools/import/index.ts';
import { readBytes, writeText } from '../files.ts';
import { xmlText } from '../../ops/xml-text.ts';
import { howMany } from '../print.ts';

interface Options {
  readonly output?: string;
  readonly name?: string;
}

/** `kalabarg spec import`: dialects that another library describes. */
export function registerImport(parent: Command): void {
  const group = parent.command('import').description('dialects of other libraries as ours');
  const of = (name: string, description: string, importer: (file: Buffer, name: string) => Imported): void => {
    group
      .command(name)
      .description(description)
      .argument('<file>')
      .option('-o, --output <file>', 'write the dialect there (default: to standard output)')
      .option('--name <name>', 'of the dialect (default: that of the file)')
      .action((file: string, options: Options) => {
        importFile(file, options, importer);
      });
  };
  of('jpos', 'a GenericPackager file (XML) of jPOS', (file, name) => importJpos(xmlText(file), name));
  of('moov', 'a specification (JSON) of moov-io/iso8583', (file, name) =>
    importMoov(file.toString('utf8').replace(/^\ufeff/, ''), name),
  );
}

function importFile(file: string, options: Options, importer: (file: Buffer, name: string) => Imported): void {
  const { json, issues } = importer(readBytes(file), options.name ?? nameOf(file));
  checkImported(json);
  const text = `${JSON.stringify(json, null, 2)}\n`;
  if (options.output === undefined) console.log(text.trimEnd());
  else writeText(options.output, text);
  tellIssues(issues, `${howMany(Object.keys(json['fields'] ?? {}).length, 'element')}; `);
}

/** What a change of form cost, on standard error; exit status 1 when something is lost. */
export function tellIssues(issues: readonly ImportIssue[], start = ''): void {
  for (const { path, what, kind, reason } of issues)
    console.error(`${kind}: ${path === '' ? '' : `${path}: `}${what}: ${reason}`);
  const lost = issues.filter((issue) => issue.kind === 'lost').length;
  console.error(`${start}${lost} lost, ${issues.length - lost} changed`);
  if (lost > 0) process.exitCode = 1;
}

function nameOf(file: string): string {
  return basename(file)
    .replace(/\.[^.]*$/, '')
    .replace(/[^\w-]+/g, '-');
}
