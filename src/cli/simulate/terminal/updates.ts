import type { Command } from 'commander';
import { compile, loadSpec } from '../../../codec/index.ts';
import { loadConfig } from '../../../ops/config.ts';
import { COMPONENTS } from '../../../updates/format/index.ts';
import { readState, startSlot } from '../../../simulators/terminal/index.ts';
import { createPrompter } from '../../keys/prompt.ts';
import { withJson, wrongOption } from '../../options.ts';
import { print, printEach, type JsonOption } from '../../print.ts';
import { identityOf, withIdentity, type IdentityOptions } from './identity.ts';
import { cardFileOf } from './last.ts';
import { languageOption, type LanguageOption } from './options.ts';
import { updatingOf } from './panel.ts';
import { deviceDisk, heardBy, isBad, outcomesText } from './updating.ts';

interface Options extends JsonOption, IdentityOptions, LanguageOption {
  readonly byHand?: boolean;
}

/** A device's own updates, without its panel. */
export function registerUpdates(terminal: Command): void {
  withIdentity(withJson(terminal.command('update')))
    .description('switch a device on and let it look for updates: fetch, verify, install, or go back')
    .option('--by-hand', 'a person starts it: window and idle time do not hold it back')
    .addOption(languageOption('en'))
    .action(update);
  withJson(terminal.command('slots'))
    .description('what stands in the two slots of a device, without a gateway')
    .argument('<folder>', 'of the device')
    .action(slots);
}

async function update(options: Options): Promise<void> {
  const folder = options.device;
  if (folder === undefined) throw wrongOption('--device', 'the folder of the device');
  const codec = compile(loadSpec('kalabarg-pos'));
  const screen = options.json === true ? process.stderr : process.stdout;
  let prompter: ReturnType<typeof createPrompter> | undefined;
  const secret = (question: string): Promise<string> =>
    (prompter ??= createPrompter(process.stdin, screen, process.stdin.isTTY)).askHidden(question);
  try {
    const identity = await identityOf(options, loadConfig(), secret);
    const { terminal, tell } = await heardBy(identity, codec);
    try {
      const updating = await updatingOf(folder, identity, terminal, codec, cardFileOf(identity));
      tell((answer) => {
        updating.device.heard(answer);
      });
      await updating.sendWaiting();
      const why = options.byHand === true ? 'manual' : 'host';
      const outcomes = [...updating.ofBoot, ...(await updating.device.check(why))];
      printEach(options, outcomes, () => outcomesText(outcomes, options.language));
      if (outcomes.some(isBad)) process.exitCode = 2;
      updating.close();
    } finally {
      terminal.close();
    }
  } finally {
    prompter?.close();
  }
}

function slots(folder: string, options: JsonOption): void {
  const disk = deviceDisk(folder);
  const { active, trial, stopped, unsent } = readState(disk);
  const found = (['A', 'B'] as const).map((slot) => {
    const content = startSlot(disk, slot)?.content;
    const components = COMPONENTS.flatMap((component) => {
      const entry = content?.[component];
      return entry === undefined ? [] : [{ component, ...entry }];
    });
    const state =
      trial?.slot === slot ? 'trial' : slot === active ? 'active' : content === undefined ? 'empty' : 'spare';
    return { slot, state, components };
  });
  print(options, { slots: found, ...(stopped === undefined ? {} : { stopped }), unsentReports: unsent.length }, () =>
    [
      ...found.map(
        ({ slot, state, components }) =>
        [`${slot} ${state}`, ...components.map((each) => `  ${each.component} ${each.releaseCounter}  ${each.file}`)].join('\n'), // prettier-ignore
      ),
      ...(stopped === undefined
        ? []
        : [`stopped at ${stopped.component} ${stopped.releaseCounter}: ${stopped.reason}`]),
      ...(unsent.length === 0 ? [] : [`reports that wait: ${unsent.length}`]),
    ].join('\n'),
  );
}
