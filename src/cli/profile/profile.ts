import { Option, type Command } from 'commander';
import { checkProfile, loadProfile, profilePage, type ProfileCheck } from '../../profiles/index.ts';
import { writeText } from '../files.ts';
import { withJson } from '../options.ts';
import { howMany, print, type JsonOption } from '../print.ts';

/** `kalabarg profile`: what engineers do with the files that say what terminals speak (docs/profiles.md). */
export function register(program: Command): void {
  const profile = program.command('profile');
  withJson(profile.command('check'))
    .description('every mistake of profiles, and each request played both ways; exit status 1 when there is one')
    .argument('<file|name...>', 'profiles: files, or names of profiles/')
    .action(check);
  profile
    .command('doc')
    .description("a profile as a page of HTML for the PSP's engineers")
    .argument('<file|name>', 'the profile')
    .addOption(new Option('--lang <language>', 'of the page').choices(['en', 'fa']).default('fa'))
    .option('-o, --output <file>', 'write it there (default: to standard output)')
    .action((file: string, options: { readonly lang: 'en' | 'fa'; readonly output?: string }) => {
      const html = profilePage(loadProfile(file), options.lang);
      if (options.output === undefined) console.log(html.trimEnd());
      else writeText(options.output, html);
    });
}

function check(files: readonly string[], options: JsonOption): void {
  for (const file of files) {
    const found = checkProfile(file);
    print(options, { ...found }, () => textOf(found));
    if (found.faults.length > 0) process.exitCode = 1;
  }
}

function textOf({ file, faults, played, examples, assumed }: ProfileCheck): string {
  const lines = faults.map(({ at, reason }) => `${file}: ${at === '' ? '' : `${at}: `}${reason}`);
  const tried = `${howMany(played.length, 'request')} played both ways, ${howMany(examples, 'example')}, ${howMany(assumed, 'assumption')}`;
  return [...lines, `${file}: ${howMany(faults.length, 'fault')}; ${tried}`].join('\n');
}
