import type { Command } from 'commander';
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  AREAS,
  CAPABILITY_NAMES,
  CASES,
  fileStore,
  reportHtml,
  reportOf,
  signReport,
  verifyReport,
  waive,
  type RunState,
} from '../../certification/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { readSecretFile } from '../../ops/secret-file.ts';
import { VERSION } from '../../ops/version.ts';
import { TILL_FAULTS, type TillFault } from '../../simulators/terminal/index.ts';
import { makeFolder, readText, unreadable, writeText } from '../files.ts';
import { collect, place, span, withJson, wrongOption } from '../options.ts';
import { print, printEach, type JsonOption } from '../print.ts';
import { registerRegister } from './register.ts';
import { summary, type RunCommand } from './words.ts';

export function register(program: Command): void {
  const certify = program.command('certify');
  withJson(certify.command('run', { isDefault: true }))
    .description(
      'lead a device through its cases: the gateway side of each, with its faults; exit status 2 when it fails',
    )
    .option('--profile <name>', 'what the device speaks: a profile by name, or its file', 'native')
    .option('--listen <host:port>', 'where the device connects to', place('--listen'))
    .option(
      '--against <host:port>',
      'be the device, and look at the gateway of a test system that answers there',
      place('--against'),
    )
    .option('--simulated', 'certify the simulated till of this program, in its own time')
    .option('--plant <fault>', `a fault of the simulated till, repeatable: ${TILL_FAULTS.join(', ')}`, collect, [])
    .option('--vendor <name>', 'who makes the device')
    .option('--model <name>', 'its model')
    .option('--software <version>', 'its software, exactly as it tells it')
    .option('--terminal <id>', 'DE 41; of the demo programme, the rest is known', '10000001')
    .option('--merchant <id>', 'DE 42 of a device that is not of the demo')
    .option('--key-block <file>', 'the master key of a laboratory device, as kalabarg keys export gives it')
    .option('--transport-key <file>', 'the key that the block is under, in hexadecimal, mode 0600')
    .option(
      '--without <capability>',
      `what the device does not do, repeatable: ${CAPABILITY_NAMES.join(', ')}`,
      collect,
      [],
    )
    .option('--case <id>', 'only these, also where they were done before, repeatable', collect, [])
    .option(
      '--device-timeout <time>',
      'how long the device waits for an answer',
      span('--device-timeout', 1_000),
      30_000,
    )
    .option('--pin <digits>', 'the PIN of the test card that is typed (default: any that opens)')
    .option('--state <file>', 'keeps the run, which goes on from there', 'certification.json')
    .option('--language <name>', 'fa, en or both: what the person is told', 'both')
    .action(run);
  withJson(certify.command('cases')).description('every case: what is done and what must be seen').action(cases);
  withJson(certify.command('waive'))
    .description('let a case that failed pass, for a reason that stands in the report')
    .argument('<case>')
    .option('--state <file>', 'the run', 'certification.json')
    .requiredOption('--responsible <name>', 'who answers for it; the report names them')
    .requiredOption('--reason <text>', 'why, at least ten letters')
    .action(waiveCase);
  withJson(certify.command('report'))
    .description('write the signed report of a run: report.json for programs, report.html for people')
    .option('--state <file>', 'the run', 'certification.json')
    .requiredOption('--sign-key <file>', 'Ed25519 private key, PEM, mode 0600: openssl genpkey -algorithm ed25519')
    .requiredOption('--out <folder>', 'where to')
    .action(report);
  withJson(certify.command('verify'))
    .description('whether a report is signed by a key, and not changed since')
    .argument('<file>', 'the report, JSON')
    .requiredOption('--key <file>', 'public key, PEM')
    .action(verify);
  registerRegister(certify);
}

type Typed = Omit<RunCommand, 'vendor' | 'model' | 'software'> &
  Partial<Pick<RunCommand, 'vendor' | 'model' | 'software'>> & { plant: string[]; without: string[]; case: string[] };

async function run(options: Typed): Promise<void> {
  const modes = [options.listen, options.against, options.simulated].filter((each) => each !== undefined);
  if (modes.length !== 1) throw wrongOption('--listen, --against, --simulated', 'one of them');
  const { vendor = '', model = '', software = '' } = options;
  if (options.against === undefined && [vendor, model, software].includes(''))
    throw wrongOption('--vendor, --model, --software', 'all three of them: they stand in the report');
  for (const fault of options.plant)
    if (!(TILL_FAULTS as readonly string[]).includes(fault))
      throw wrongOption(`--plant ${fault}`, TILL_FAULTS.join(', '));
  for (const each of options.without)
    if (!(CAPABILITY_NAMES as readonly string[]).includes(each))
      throw wrongOption(`--without ${each}`, CAPABILITY_NAMES.join(', '));
  for (const id of options.case)
    if (options.against === undefined && !CASES.some((one) => one.id === id))
      throw wrongOption(`--case ${id}`, 'one of kalabarg certify cases');
  if (!['fa', 'en', 'both'].includes(options.language))
    throw wrongOption(`--language ${options.language}`, 'fa, en or both');
  const { performRun } = await import('./run.ts');
  const capabilities = CAPABILITY_NAMES.filter((each) => !options.without.includes(each));
  await performRun({
    ...options,
    vendor,
    model,
    software,
    faults: options.plant as TillFault[],
    capabilities,
    only: options.case,
  });
}

function cases(options: JsonOption): void {
  const listed = CASES.map(({ id, area, title, source, needs, must, never }) => ({
    id,
    area,
    title,
    source,
    needs: needs ?? null,
    must: must.map(({ fault, text }) => ({ fault, text })),
    never: never.map(({ fault, text }) => ({ fault, text })),
  }));
  printEach(options, listed, () =>
    (Object.keys(AREAS) as (keyof typeof AREAS)[])
      .flatMap((area) => [
        `\n${AREAS[area].en} · ${AREAS[area].fa}`,
        ...listed.filter((one) => one.area === area).map(({ id, title, needs }) => `  ${id.padEnd(34)} ${title.en}${needs === null ? '' : ` (${needs})`}`), // prettier-ignore
      ])
      .join('\n')
      .trimStart(),
  );
}

/** @throws GatewayError `file.unreadable`, `certification.state` */
export function stateIn(file: string): RunState {
  if (!existsSync(file)) readText(file); // says what is wrong
  const state = fileStore(file).read();
  if (state === undefined) throw unreadable(file, new Error('it is empty'));
  return state;
}

function waiveCase(id: string, options: JsonOption & { state: string; responsible: string; reason: string }): void {
  const state = stateIn(options.state);
  const { responsible: by, reason } = options;
  const next = waive(state, id, { by, reason, at: new Date(systemClock.now()).toISOString() });
  fileStore(options.state).write(next);
  print(options, { case: id, verdict: 'waived', by, reason }, () => `${id} is waived by ${by}: ${reason}`);
}

function report(options: JsonOption & { state: string; signKey: string; out: string }): void {
  makeFolder(options.out);
  const state = stateIn(options.state);
  const key = keyIn(options.signKey, readSecretFile(options.signKey), createPrivateKey);
  const signed = signReport(reportOf(state, CASES, VERSION), key);
  const files = [join(options.out, 'report.json'), join(options.out, 'report.html')] as const;
  writeText(files[0], `${JSON.stringify(signed)}\n`);
  writeText(files[1], reportHtml(signed));
  const { verdict, counts, faults } = signed.report;
  if (verdict !== 'passed') process.exitCode = 2;
  print(options, { verdict, counts, faults, files }, () => `${summary(signed.report)}\n${files.join('\n')}`);
}

function verify(file: string, options: JsonOption & { key: string }): void {
  const text = readText(file);
  const key = keyIn(options.key, readText(options.key), createPublicKey);
  const { report: found } = verifyReport(text, key);
  print(
    options,
    { verdict: found.verdict, subject: found.subject, counts: found.counts },
    () => `The signature holds.\n${summary(found)}`,
  );
}

/** @throws GatewayError `certification.key` */
export function keyIn(file: string, text: string, read: (pem: string) => KeyObject): KeyObject {
  try {
    return read(text);
  } catch (cause) {
    throw new GatewayError('certification.key', `${file} holds no key in PEM: ${messageOf(cause)}.`, { cause });
  }
}
