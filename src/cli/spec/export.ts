import { Option, type Command } from 'commander';
import { luaDissector, type DissectorOptions } from '../../spec-tools/dissector/index.ts';
import { exportJpos } from '../../spec-tools/jpos/index.ts';
import { codecOf } from '../codec/decode.ts';
import { writeText } from '../files.ts';
import { port } from '../options.ts';
import { tellIssues } from './import.ts';

interface Options {
  readonly port?: number;
  readonly header: DissectorOptions['header'];
  readonly ownLength?: boolean;
  readonly tpdu?: boolean;
  readonly output?: string;
}

/** `kalabarg spec export`: dialects for other programs. */
export function registerExport(parent: Command): void {
  const group = parent.command('export').description('dialects for other programs');
  group
    .command('jpos')
    .description('a GenericPackager file (XML) for jPOS')
    .argument('<name|file>', 'the dialect')
    .option('-o, --output <file>', 'write it there (default: to standard output)')
    .action(exportToJpos);
  group
    .command('wireshark')
    .description('a dissector for Wireshark and tshark, in Lua')
    .argument('<name|file>', 'the dialect')
    .option('--port <port>', 'TCP port to dissect (default: by Decode As)', port('--port'))
    .addOption(
      new Option('--header <kind>', 'the length in front of a message')
        .choices(['binary2', 'ascii4', 'bcd2', 'binary4', 'none'])
        .default('binary2'),
    )
    .option('--own-length', 'the length counts its own bytes too')
    .option('--tpdu', 'five bytes of TPDU stand between length and message')
    .option('-o, --output <file>', 'write it there (default: to standard output)')
    .action(exportWireshark);
}

function exportToJpos(dialect: string, options: { readonly output?: string }): void {
  const { xml, issues } = exportJpos(codecOf(dialect).spec);
  if (options.output === undefined) process.stdout.write(xml);
  else writeText(options.output, xml);
  tellIssues(issues);
}

function exportWireshark(dialect: string, options: Options): void {
  const { port } = options;
  const text = luaDissector(codecOf(dialect).spec, {
    ...(port !== undefined && { port }),
    header: options.header,
    lengthIncludesHeader: options.ownLength === true,
    tpdu: options.tpdu === true,
  });
  if (options.output === undefined) console.log(text);
  else writeText(options.output, text);
}
