import type { Command } from 'commander';
import Table from 'cli-table3';
import {
  confirmVerdict,
  listCertifications,
  proposeVerdict,
  registerReport,
  revokeVerdict,
  trustKey,
} from '../../certification/registry/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { withBooks } from '../books.ts';
import { readText } from '../files.ts';
import { whole, withJson, wrongOption } from '../options.ts';
import { print, printEach, type JsonOption } from '../print.ts';
import { acting, withActor, withReason, type ActOptions } from '../terminals/acting.ts';

/** Verdicts in the database of a gateway. */
export function registerRegister(certify: Command): void {
  withActor(withJson(certify.command('trust')))
    .description('believe the reports of a laboratory: one person brings its public key, another brings it too')
    .argument('<file>', 'Ed25519 public key, PEM')
    .requiredOption('--name <name>', 'whose key it is')
    .option('--confirm', 'as the second person, who may be a checker')
    .action(trust);
  withActor(withJson(certify.command('register')))
    .description('register the verdict of a signed report, whose key is believed')
    .argument('<file>', 'the report, JSON')
    .action(registerFile);
  withReason(withJson(certify.command('say')))
    .description('say a verdict without a report; it holds when another person confirms it')
    .requiredOption('--vendor <name>', 'who makes the device')
    .requiredOption('--model <name>', 'its model')
    .requiredOption('--software <version>', 'its software')
    .requiredOption('--in <profile>', 'what it speaks')
    .requiredOption('--verdict <verdict>', 'passed or failed')
    .action(say);
  withActor(withJson(certify.command('confirm')))
    .description('confirm a verdict that another person has said')
    .argument('<verdict>', 'its number')
    .action((id: string, options: Acting) => {
      const number = idOf(id);
      return acting(options, (db, by) => confirmVerdict(db, number, by, systemClock.now())).then((made) => {
        print(options, made, () => line(made));
      });
    });
  withReason(withJson(certify.command('revoke')))
    .description('take a verdict back')
    .argument('<verdict>', 'its number')
    .action((id: string, options: Acting & ActOptions) => {
      const number = idOf(id);
      return acting(options, (db, by) =>
        revokeVerdict(db, { id: number, reason: options.reason }, by, systemClock.now()),
      ).then((made) => {
        print(options, made, () => line(made));
      });
    });
  withJson(certify.command('list'))
    .description('verdicts, the newest first')
    .option('--model <name>', 'of one model')
    .option('--software <version>', 'of one software')
    .option('--limit <n>', 'at most so many', whole('--limit', 1, 10_000), 50)
    .action(list);
}

type Acting = JsonOption & Pick<ActOptions, 'by'>;

async function trust(file: string, options: Acting & { readonly name: string }): Promise<void> {
  const pem = readText(file);
  const key = await acting(options, (db, by) => trustKey(db, { pem, name: options.name }, by, systemClock.now()));
  print(options, key, () =>
    key.confirmedBy === null
      ? `${key.name}, key ${key.keyId.slice(0, 16)}…: waits for a second person: the same with --confirm`
      : `${key.name}, key ${key.keyId.slice(0, 16)}…: its reports are believed (${key.proposedBy}, ${key.confirmedBy})`,
  );
}

async function registerFile(file: string, options: Acting): Promise<void> {
  const text = readText(file);
  const made = await acting(options, (db, by) => registerReport(db, text, by, systemClock.now()));
  print(options, made, () => line(made));
}

interface Say extends Acting, ActOptions {
  readonly vendor: string;
  readonly model: string;
  readonly software: string;
  readonly in: string;
  readonly verdict: string;
}

async function say(options: Say): Promise<void> {
  const { vendor, model, software, in: profile, verdict, reason } = options;
  if (verdict !== 'passed' && verdict !== 'failed') throw wrongOption(`--verdict ${verdict}`, 'passed or failed');
  const what = { vendor, model, software, profile, verdict, reason } as const;
  const made = await acting(options, (db, by) => proposeVerdict(db, what, by, systemClock.now()));
  print(options, made, () => `${line(made)}\nAnother person confirms it: kalabarg certify confirm ${made.id}`);
}

async function list(options: JsonOption & { model?: string; software?: string; limit: number }): Promise<void> {
  const { model, software, limit } = options;
  const found = await withBooks((pool) => listCertifications(pool, { model, software, limit }));
  printEach(options, found, () => {
    if (found.length === 0) return 'no verdicts';
    const table = new Table({
      head: ['verdict', 'vendor', 'model', 'software', 'profile', 'says', 'holds', 'by'],
      style: { head: [], border: [] },
    });
    for (const each of found)
      table.push([
        ...[each.id, each.vendor, each.model, each.software, each.profile, each.verdict],
        each.inForce ? 'yes' : each.revokedAt === null ? 'waits' : 'revoked',
        each.keyId === null
          ? [each.proposedBy, each.confirmedBy ?? '…'].join(', ')
          : `report, key ${each.keyId.slice(0, 16)}`,
      ]);
    return table.toString();
  });
}

function idOf(text: string): string {
  if (/^[1-9]\d{0,17}$/.test(text)) return text;
  throw wrongOption(text, 'the number of a verdict: kalabarg certify list');
}

function line({
  id,
  vendor,
  model,
  software,
  profile,
  verdict,
  inForce,
}: Awaited<ReturnType<typeof proposeVerdict>>): string {
  return `verdict ${id}: ${vendor} ${model} ${software} (${profile}) ${verdict}${inForce ? '' : ', not in force'}`;
}
