import type { Command } from 'commander';
import type pg from 'pg';
import {
  createPkcs11Lmk,
  dropPreviousLmk,
  lmkIsInFile,
  lmkPlace,
  openHsm,
  pkcs11Options,
  replaceLmkFile,
  type KeyRef,
  type KeySpec,
  type PaymentHsm,
  type VariantScheme,
  checkSpec,
  usageOf,
} from '../../hsm/index.ts';
import { migrate, openPanKey } from '../../ledger/index.ts';
import { assertLmk, hasTokens, rewrapKeys } from '../../merchants/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig, type Config } from '../../ops/config.ts';
import { openPool } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { ownerDatabaseUrl } from '../../ops/runtime.ts';
import { hasPeople, openPeople } from '../../people/index.ts';
import { proveHere } from '../people/login.ts';
import { holdCeremony, type WhoIsIt } from './ceremony.ts';
import { keyTable } from './list.ts';
import { createPrompter, type Prompter } from './prompt.ts';
import { checkName, demandTerminal, load, note, save, terminalOf } from './store.ts';

interface KeyOptions {
  readonly usage: string;
  readonly algorithm: string;
  readonly bits: string;
  readonly people: string;
  readonly kcv?: string;
  readonly under: string;
  readonly by: string;
  readonly older: string;
  readonly finish?: boolean;
  readonly scheme?: string;
}

export function register(program: Command): void {
  const keys = program.command('keys').description('keys of terminals and banks: ceremonies, key blocks, LMK');
  const described = (command: Command): Command =>
    command
      .option('--usage <usage>', 'X9.143 key usage; K1 carries other keys in key blocks', 'K1')
      .option('--algorithm <name>', 'TDES or AES', 'AES')
      .option('--bits <n>', 'length: 128, 192 or 256', '128')
      .option('--kcv <hex>', 'check value that it must have');
  const name = 'terminal:<id>, zmk:<bank>, or a name of its own';
  described(keys.command('form').description('a ceremony: form a key of components that different people type'))
    .argument('<key>', name)
    .option('--people <n>', 'how many hold a component, 2 to 9', '2')
    .action((key: string, options: KeyOptions) => withKeys((work) => form(work, key, options)));
  described(keys.command('generate').description('let the HSM make a key that nobody ever sees'))
    .argument('<key>', name)
    .option('--by <name>', 'who does it, where the database has no people')
    .action((key: string, options: KeyOptions) => withKeys((work) => generate(work, key, options)));
  described(
    keys.command('adopt').description("store a key that was formed at the HSM's own console: its token is asked"),
  )
    .argument('<key>', name)
    .option('--by <name>', 'who does it, where the database has no people')
    .action((key: string, options: KeyOptions) => withKeys((work) => adopt(work, key, options)));
  described(
    keys.command('import').description('take a key from a key block, which is asked; of old peers, from under a ZMK'),
  )
    .argument('<key>', name)
    .requiredOption('--under <key>', 'the key that protects it')
    .option('--by <name>', 'who does it, where the database has no people')
    .action((key: string, options: KeyOptions) => withKeys((work) => importKey(work, key, options)));
  keys
    .command('export')
    .description('give a key as a key block')
    .argument('<key>', name)
    .option('--scheme <letter>', 'for old peers: without a block, by scheme X, Y, U or T')
    .requiredOption('--under <key>', 'the key that protects it')
    .option('--by <name>', 'who does it, where the database has no people')
    .action((key: string, options: KeyOptions) => withKeys((work) => exportKey(work, key, options)));
  keys
    .command('list')
    .description('every key with its check value and age')
    .option('--older <days>', 'only keys at least that old', '0')
    .action((options: KeyOptions) => withKeys(({ pool }) => list(pool, options)));
  keys
    .command('lmk')
    .description('make the first LMK of a PKCS#11 token')
    .action(() => makeLmk(loadConfig()));
  keys
    .command('rotate')
    .description('change the LMK: every stored key comes under the new one, while the gateway runs')
    .option('--finish', 'afterwards: forget the LMK before')
    .option('--by <name>', 'who does it, where the database has no people')
    .action((options: KeyOptions) => rotate(loadConfig(), options));
}

interface Work {
  readonly hsm: PaymentHsm;
  readonly pool: pg.Pool;
  readonly prompter: Prompter;
}

async function withKeys(work: (parts: Work) => Promise<void>): Promise<void> {
  const config = loadConfig();
  const pool = openPool(ownerDatabaseUrl(config), 2);
  const prompter = createPrompter(process.stdin, process.stdout, process.stdin.isTTY);
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
  const people = whole(options.people, '--people', 2, 9);
  const ceremony = { spec: specOf(options), people, kcv: options.kcv };
  const { key, people: names } = await holdCeremony(prompter, hsm, ceremony, await whoHolds(pool));
  await save(pool, name, key, { what: 'form', people: names });
  prompter.tell(`${name} is stored.`);
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

async function generate({ hsm, pool, prompter }: Work, name: string, options: KeyOptions): Promise<void> {
  checkName(name);
  const key = await hsm.generateKey(specOf(options));
  await save(pool, name, key, { what: 'generate', people: [options.by] });
  prompter.tell(`${name} is stored, check value ${key.kcv}.`);
}

async function adopt({ hsm, pool, prompter }: Work, name: string, options: KeyOptions): Promise<void> {
  checkName(name);
  const token = await prompter.ask("The key under the HSM's LMK, as its console shows it: ");
  const claimed: KeyRef = { ...specOf(options), token, kcv: (options.kcv ?? '').toUpperCase() };
  const key = { ...claimed, kcv: await hsm.kcv(claimed) };
  demandKcv(key, options.kcv);
  await save(pool, name, key, { what: 'adopt', people: [options.by] });
  prompter.tell(`${name} is stored, check value ${key.kcv}.`);
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
  prompter.tell(`${name} is stored: ${key.usage}, ${key.algorithm}-${key.bits}, check value ${key.kcv}.`);
}

async function exportKey({ hsm, pool, prompter }: Work, name: string, options: KeyOptions): Promise<void> {
  const [key, protection] = [await load(pool, name), await load(pool, options.under)];
  const { scheme } = options;
  if (scheme !== undefined && !isScheme(scheme)) {
    throw new GatewayError('keys.option', `--scheme ${scheme}: wants X, Y, U or T.`);
  }
  const block =
    scheme === undefined
      ? await hsm.exportKeyBlock(key, protection)
      : await hsm.exportVariantKey(key, protection, scheme);
  await note(pool, { what: `export under ${options.under}`, name, kcv: key.kcv, people: [options.by] });
  prompter.tell(block);
}

async function list(pool: pg.Pool, options: KeyOptions): Promise<void> {
  console.log(await keyTable(pool, systemClock.now(), whole(options.older, '--older', 0, 100_000)));
}

async function makeLmk(config: Config): Promise<void> {
  if (config.hsm.backend !== 'pkcs11') {
    throw new GatewayError(
      'keys.lmk',
      `The LMK of the ${config.hsm.backend} back-end is not made here (docs/keys.md).`,
    );
  }
  console.log(`LMK ${await createPkcs11Lmk(pkcs11Options(config))} is on the token.`);
}

/** First the new LMK, then every key. A gateway that runs finds the new LMK with the first key that is under it. */
async function rotate(config: Config, { finish = false, by }: KeyOptions): Promise<void> {
  if (!finish) await nextLmk(config);
  await withKeys(async ({ hsm, pool, prompter }) => {
    const count = await rewrapKeys(pool, hsm);
    await note(pool, { what: finish ? 'rotate, finished' : 'rotate', name: 'lmk', kcv: '', people: [by] });
    prompter.tell(`${count} keys are under the LMK of now (${(await hsm.status()).detail}).`);
    if (finish && lmkIsInFile(config)) dropPreviousLmk(config);
    else if (!finish) prompter.tell('When every gateway has found it, in a minute: kalabarg keys rotate --finish');
  });
}

async function nextLmk(config: Config): Promise<void> {
  if (config.hsm.backend === 'pkcs11') await createPkcs11Lmk(pkcs11Options(config));
  else if (lmkIsInFile(config)) replaceLmkFile(config);
  else
    throw new GatewayError('keys.lmk', 'Only an LMK in a file or on a PKCS#11 token is changed here (docs/keys.md).');
}

function specOf({ usage, algorithm, bits }: KeyOptions): KeySpec {
  if (algorithm !== 'TDES' && algorithm !== 'AES') {
    throw new GatewayError('keys.option', `--algorithm ${algorithm}: wants TDES or AES.`);
  }
  const length = whole(bits, '--bits', 128, 256);
  if (length !== 128 && length !== 192 && length !== 256) {
    throw new GatewayError('keys.option', `--bits ${bits}: wants 128, 192 or 256.`);
  }
  const spec = { usage: usageOf(usage), algorithm, bits: length } as const;
  checkSpec(spec);
  return spec;
}

function isScheme(text: string): text is VariantScheme {
  return ['X', 'Y', 'U', 'T'].includes(text);
}

function demandKcv(key: KeyRef, expected: string | undefined): void {
  if (expected === undefined || expected.toUpperCase() === key.kcv) return;
  throw new GatewayError(
    'keys.kcv',
    `The check value is ${key.kcv}, not ${expected.toUpperCase()}. Nothing was stored.`,
  );
}

function whole(text: string, option: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value >= min && value <= max) return value;
  throw new GatewayError('keys.option', `${option} ${text}: wants a whole number from ${min} to ${max}.`);
}
