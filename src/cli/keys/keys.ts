import { Option, type Command } from 'commander';
import type pg from 'pg';
import {
  createPkcs11Lmk,
  dropPreviousLmk,
  lmkIsInFile,
  lmkPlace,
  openHsm,
  pkcs11Options,
  checkSpec,
  replaceLmkFile,
  type KeyRef,
  type KeySpec,
  type PaymentHsm,
  type VariantScheme,
  usageOf,
} from '../../hsm/index.ts';
import { migrate, openPanKey } from '../../ledger/index.ts';
import { assertLmk, hasTokens, keysByAge, rewrapKeys } from '../../merchants/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig, type Config } from '../../ops/config.ts';
import { openPool } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { ownerDatabaseUrl } from '../../ops/runtime.ts';
import { hasPeople, openPeople } from '../../people/index.ts';
import { whole, withJson } from '../options.ts';
import { proveHere } from '../people/login.ts';
import { howMany, print, printEach, tell, type JsonOption } from '../print.ts';
import { holdCeremony, type WhoIsIt } from './ceremony.ts';
import { keyTable } from './table.ts';
import { createPrompter, type Prompter } from './prompt.ts';
import { checkName, demandTerminal, load, note, save, terminalOf } from './store.ts';

interface KeyOptions extends JsonOption {
  readonly usage: string;
  readonly algorithm: 'TDES' | 'AES';
  readonly bits: '128' | '192' | '256';
  readonly people: number;
  readonly kcv?: string;
  readonly under: string;
  readonly by: string;
  readonly older: number;
  readonly finish?: boolean;
  readonly scheme?: VariantScheme;
}

export function register(program: Command): void {
  const keys = program.command('keys');
  const step = (name: string, description: string): Command => withJson(keys.command(name).description(description));
  const described = (command: Command): Command =>
    command
      .option('--usage <usage>', 'X9.143 key usage; K1 carries other keys in key blocks', 'K1')
      .addOption(new Option('--algorithm <name>', 'of the key').choices(['TDES', 'AES']).default('AES'))
      .addOption(new Option('--bits <n>', 'length of the key').choices(['128', '192', '256']).default('128'))
      .option('--kcv <hex>', 'the check value that it must have');
  const name = 'terminal:<id>, zmk:<bank>, or a name of its own';
  described(step('form', 'a ceremony: form a key of components that different people type'))
    .argument('<key>', name)
    .option('--people <n>', 'how many hold a component, 2 to 9', whole('--people', 2, 9), 2)
    .action((key: string, options: KeyOptions) => withKeys(options, (work) => form(work, key, options)));
  described(step('generate', 'let the HSM make a key that nobody ever sees'))
    .argument('<key>', name)
    .option('--by <name>', 'who does it, where the database has no people')
    .action((key: string, options: KeyOptions) => withKeys(options, (work) => generate(work, key, options)));
  described(step('adopt', "store a key that was formed at the HSM's own console; asks for its token"))
    .argument('<key>', name)
    .option('--by <name>', 'who does it, where the database has no people')
    .action((key: string, options: KeyOptions) => withKeys(options, (work) => adopt(work, key, options)));
  described(step('import', 'take a key from a key block, or of old peers from under a ZMK; asks for it'))
    .argument('<key>', name)
    .requiredOption('--under <key>', 'the key that protects it')
    .option('--by <name>', 'who does it, where the database has no people')
    .action((key: string, options: KeyOptions) => withKeys(options, (work) => importKey(work, key, options)));
  step('export', 'give a key as a key block')
    .argument('<key>', name)
    .addOption(new Option('--scheme <letter>', 'for old peers: without a block, by this scheme').choices(SCHEMES))
    .requiredOption('--under <key>', 'the key that protects it')
    .option('--by <name>', 'who does it, where the database has no people')
    .action((key: string, options: KeyOptions) => withKeys(options, (work) => exportKey(work, key, options)));
  step('list', 'every key with its check value and age')
    .option('--older <days>', 'only keys at least that old', whole('--older', 0, 100_000), 0)
    .action((options: KeyOptions) => withKeys(options, ({ pool }) => list(pool, options)));
  step('lmk', 'make the first LMK of a PKCS#11 token').action((options: KeyOptions) => makeLmk(loadConfig(), options));
  step('rotate', 'change the LMK: every stored key comes under the new one, while the gateway runs')
    .option('--finish', 'afterwards: forget the LMK before')
    .option('--by <name>', 'who does it, where the database has no people')
    .action((options: KeyOptions) => rotate(loadConfig(), options));
}

const SCHEMES = ['X', 'Y', 'U', 'T'] as const satisfies readonly VariantScheme[];

interface Work {
  readonly hsm: PaymentHsm;
  readonly pool: pg.Pool;
  readonly prompter: Prompter;
}

async function withKeys({ json }: JsonOption, work: (parts: Work) => Promise<void>): Promise<void> {
  const config = loadConfig();
  const pool = openPool(ownerDatabaseUrl(config), 2);
  // Results go to standard output: with --json people are asked on standard error.
  const prompter = createPrompter(process.stdin, json === true ? process.stderr : process.stdout, process.stdin.isTTY);
  try {
    await migrate(pool);
    const hsm = await openHsm(config, !(await hasTokens(pool)));
    try {
      await assertLmk(pool, hsm, lmkPlace(config));
      await work({ hsm, pool, prompter });
    } finally {
      await hsm.close();
    }
  } finally {
    prompter.close();
    await pool.end();
  }
}

async function form({ hsm, pool, prompter }: Work, name: string, options: KeyOptions): Promise<void> {
  const terminal = terminalOf(checkName(name));
  if (terminal !== undefined) await demandTerminal(pool, terminal);
  const { people } = options;
  const ceremony = { spec: specOf(options), people, kcv: options.kcv };
  const { key, people: names } = await holdCeremony(prompter, hsm, ceremony, await whoHolds(pool));
  await save(pool, name, key, { what: 'form', people: names });
  print(options, summaryOf(name, key), () => `${name} is stored.`);
}

/** Where the database has people, each holder of a component signs in; else each says a name. */
async function whoHolds(pool: pg.Pool): Promise<WhoIsIt | undefined> {
  if (!(await hasPeople(pool))) return undefined;
  const people = openPeople(pool, await openPanKey(pool, loadConfig().data), systemClock);
  return (prompter, number, of) => {
    prompter.tell(`\nPerson ${number} of ${of} signs in.`);
    return proveHere(people, prompter, 'keys:change');
  };
}

async function generate({ hsm, pool }: Work, name: string, options: KeyOptions): Promise<void> {
  checkName(name);
  const key = await hsm.generateKey(specOf(options));
  await save(pool, name, key, { what: 'generate', people: [options.by] });
  print(options, summaryOf(name, key), () => `${name} is stored, check value ${key.kcv}.`);
}

async function adopt({ hsm, pool, prompter }: Work, name: string, options: KeyOptions): Promise<void> {
  checkName(name);
  const token = await prompter.ask("The key under the HSM's LMK, as its console shows it: ");
  const claimed: KeyRef = { ...specOf(options), token, kcv: (options.kcv ?? '').toUpperCase() };
  const key = { ...claimed, kcv: await hsm.kcv(claimed) };
  demandKcv(key, options.kcv);
  await save(pool, name, key, { what: 'adopt', people: [options.by] });
  print(options, summaryOf(name, key), () => `${name} is stored, check value ${key.kcv}.`);
}

async function importKey({ hsm, pool, prompter }: Work, name: string, options: KeyOptions): Promise<void> {
  checkName(name);
  const protection = await load(pool, options.under);
  const block = await prompter.ask('The key block: ');
  // Of old peers: a scheme letter and the key under a ZMK, without a block that would say what it is.
  const bare = /^[XYUT][0-9A-Fa-f]+$/.test(block);
  const key = bare
    ? await hsm.importVariantKey(specOf(options), block, protection)
    : await hsm.importKeyBlock(block, protection);
  demandKcv(key, options.kcv);
  await save(pool, name, key, { what: `import under ${options.under}`, people: [options.by] });
  print(
    options,
    summaryOf(name, key),
    () => `${name} is stored: ${key.usage}, ${key.algorithm}-${key.bits}, check value ${key.kcv}.`,
  );
}

async function exportKey({ hsm, pool }: Work, name: string, options: KeyOptions): Promise<void> {
  const [key, protection] = [await load(pool, name), await load(pool, options.under)];
  const { scheme } = options;
  const block =
    scheme === undefined
      ? await hsm.exportKeyBlock(key, protection)
      : await hsm.exportVariantKey(key, protection, scheme);
  await note(pool, { what: `export under ${options.under}`, name, kcv: key.kcv, people: [options.by] });
  print(options, { ...summaryOf(name, key), block }, () => block);
}

function summaryOf(name: string, { usage, algorithm, bits, kcv }: KeyRef): object {
  return { name, usage, algorithm, bits, kcv };
}

async function list(pool: pg.Pool, options: KeyOptions): Promise<void> {
  const keys = await keysByAge(pool, systemClock.now(), options.older);
  printEach(options, keys, () => keyTable(keys));
}

async function makeLmk(config: Config, options: JsonOption): Promise<void> {
  if (config.hsm.backend !== 'pkcs11') {
    throw new GatewayError(
      'keys.lmk',
      `The LMK of the ${config.hsm.backend} back-end is not made by this command (docs/keys.md).`,
    );
  }
  const lmk = await createPkcs11Lmk(pkcs11Options(config));
  print(options, { lmk }, () => `LMK ${lmk} is on the token.`);
}

/** First the new LMK, then every key. A gateway that runs finds the new LMK with the first key that is under it. */
async function rotate(config: Config, options: KeyOptions): Promise<void> {
  const { finish = false, by } = options;
  if (!finish) await nextLmk(config);
  await withKeys(options, async ({ hsm, pool }) => {
    const count = await rewrapKeys(pool, hsm);
    await note(pool, { what: finish ? 'rotate, finished' : 'rotate', name: 'lmk', kcv: '', people: [by] });
    const { detail } = await hsm.status();
    print(
      options,
      { keys: count, finished: finish, detail },
      () => `${howMany(count, 'key is', 'keys are')} under the present LMK (${detail}).`,
    );
    if (finish && lmkIsInFile(config)) dropPreviousLmk(config);
    else if (!finish)
      tell(options, 'In a minute, when every copy of the gateway has found it: kalabarg keys rotate --finish');
  });
}

async function nextLmk(config: Config): Promise<void> {
  if (config.hsm.backend === 'pkcs11') await createPkcs11Lmk(pkcs11Options(config));
  else if (lmkIsInFile(config)) replaceLmkFile(config);
  else
    throw new GatewayError(
      'keys.lmk',
      'Only an LMK in a file or on a PKCS#11 token is changed by this command (docs/keys.md).',
    );
}

function specOf({ usage, algorithm, bits }: KeyOptions): KeySpec {
  const spec = { usage: usageOf(usage), algorithm, bits: Number(bits) as KeySpec['bits'] } as const;
  checkSpec(spec);
  return spec;
}

function demandKcv(key: KeyRef, expected: string | undefined): void {
  if (expected === undefined || expected.toUpperCase() === key.kcv) return;
  throw new GatewayError(
    'keys.kcv',
    `The check value is ${key.kcv}, not ${expected.toUpperCase()}. Nothing was stored.`,
  );
}
