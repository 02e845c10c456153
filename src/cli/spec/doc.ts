import { Option, type Command } from 'commander';
import { writeText } from '../files.ts';
import { manualHtml } from '../../spec-tools/manual/index.ts';
import { codecOf } from '../codec/decode.ts';

/** `kalabarg spec doc`. */
export function registerDoc(parent: Command): void {
  parent
    .command('doc')
    .description('a dialect as a manual: one page of HTML')
    .argument('<name|file>', 'the dialect')
    .addOption(new Option('--lang <language>', 'of the manual').choices(['en', 'fa']).default('en'))
    .option('-o, --output <file>', 'write it there (default: to standard output)')
    .action((dialect: string, options: { readonly lang: 'en' | 'fa'; readonly output?: string }) => {
      const html = manualHtml(codecOf(dialect).spec, options.lang);
      if (options.output === undefined) console.log(html.trimEnd());
      else writeText(options.output, html);
    });
}
