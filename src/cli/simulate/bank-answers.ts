import type { Command } from 'commander';
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig } from '../../ops/config.ts';
import { DEFAULT_REASON, reportOn } from '../../simulators/bank/payments/index.ts';
import { makeFolder, readText, unreadable, writeText } from '../files.ts';
import { withJson, wrongOption } from '../options.ts';
import { howMany, printEach, type JsonOption } from '../print.ts';

interface Options extends JsonOption {
  readonly data?: string;
  readonly return?: ReadonlyMap<string, string>;
}

/** The simulated bank that pays the shops: it answers each payment file of an outbox once. */
export function registerAnswers(bank: Command): void {
  const answers = bank
    .command('answers')
    .description('answer the payment files of an outbox as the bank that pays the shops does, into the inbox')
    .option('--data <folder>', "the gateway's data folder, with its outbox and inbox (default: KALABARG_DATA)")
    .option(
      '--return <InstrId[=reason]>',
      `an order that comes back, with an ISO 20022 reason (default: ${DEFAULT_REASON}, the account is closed), repeatable`,
      returned,
    );
  withJson(answers).action(run);
}

function run(options: Options): void {
  const { data = loadConfig().data, return: returns = new Map<string, string>() } = options;
  const inbox = join(data, 'inbox');
  const now = systemClock.now();
  const files = [join(data, 'outbox'), join(data, 'outbox', 'satna')].flatMap(paymentFiles);
  makeFolder(inbox);
  const written = files.flatMap((file) => {
    const { name, text, ...counts } = reportOn(readText(file), returns, now);
    if (answered(inbox, name)) return [];
    // under its name once it is whole: the gateway looks at the folder by itself
    writeText(join(inbox, `.${name}`), text);
    renameSync(join(inbox, `.${name}`), join(inbox, name));
    return [{ file, answer: join(inbox, name), ...counts }];
  });
  printEach(options, written, () =>
    written.length === 0
      ? `No payment file of ${join(data, 'outbox')} waits for an answer.`
      : written
          .map(
            ({ answer, credited, returned: back }) =>
              `${answer}: ${howMany(credited, 'order')} credited, ${back} returned`,
          ) // prettier-ignore
          .join('\n'),
  );
}

/** Whether it lies in the inbox, or was taken out of it: there the time stands before its name. */
function answered(inbox: string, name: string): boolean {
  const folders = ['', 'taken', 'refused', 'quarantine'].map((folder) => join(inbox, folder));
  return folders.some((folder) => namesIn(folder).some((each) => each.endsWith(name)));
}

function paymentFiles(folder: string): string[] {
  const names = namesIn(folder).filter((name) => name.endsWith('.ccti'));
  return names.sort().map((name) => join(folder, name));
}

/** A folder that is not there has none. */
function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

function returned(value: string, before: ReadonlyMap<string, string> | undefined): ReadonlyMap<string, string> {
  const [, id, reason = DEFAULT_REASON] = /^([A-Za-z0-9]{1,35})(?:=([A-Z0-9]{4}))?$/.exec(value) ?? [];
  if (id === undefined) throw wrongOption(`--return ${value}`, 'an InstrId, as 000000123, or with a reason, as 000000123=AC04'); // prettier-ignore
  return new Map(before).set(id, reason);
}
