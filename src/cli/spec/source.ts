import type { Command } from 'commander';
import { generatedSource } from '../../codec/fast/index.ts';
import { writeText } from '../files.ts';
import { codecOf } from '../codec/decode.ts';

/** `kalabarg spec source`. */
export function registerSource(parent: Command): void {
  parent
    .command('source')
    .description('the code that is generated for a dialect, with the legend of its names')
    .argument('<name|file>', 'the dialect')
    .option('-o, --output <file>', 'write it there (default: to standard output)')
    .action((dialect: string, options: { readonly output?: string }) => {
      const source = generatedSource(codecOf(dialect).spec);
      if (options.output === undefined) console.log(source.trimEnd());
      else writeText(options.output, source);
    });
}
