import type { Command } from 'commander';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, loadSpec, type Codec } from '../../codec/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig, type Config } from '../../ops/config.ts';
import {
  DEMO_HOUSEHOLDS,
  DEMO_PIN,
  DEMO_TERMINALS,
  demoPan,
  demoTrack2,
  terminalCertificate,
} from '../../demo/index.ts';
import { GatewayError } from '../../ops/errors.ts';
import {
  parseScenario,
  performScenario,
  receipt,
  SimulatedTerminal,
  type Answer,
  type SimulatedCard,
  runPanel,
} from '../../simulators/terminal/index.ts';
import { consoleScreen } from './terminal-screen.ts';

interface Options {
  readonly terminal: string;
  readonly household: string;
  readonly amount: string;
  readonly rest: string;
  readonly pin: string;
  readonly rrn: string;
}

/** What `reverse` needs of the last purchase. The card is named by its household: no PAN is written. */
interface LastPurchase {
  readonly household: string;
  readonly mti: string;
  readonly fields: Readonly<Record<string, string | undefined>>;
}

const TIMEOUT_MS = 60_000;

/** A POS terminal of the demo programme, on the wire as a real one: TLS client certificate, keys, PIN block, MAC. */
export function register(program: Command): void {
  const terminal = program.command('terminal').description('be a POS terminal of the demo programme');
  const device = (name: string, description: string, isDefault = false): Command =>
    terminal
      .command(name, { isDefault })
      .description(description)
      .option('--terminal <id>', 'terminal id, 10000001 to 10000030', '10000001');
  const withCard = (command: Command): Command =>
    command
      .option('--household <n>', 'whose card is inserted, 1 to 1000', '7')
      .option('--pin <digits>', 'PIN typed by the customer', DEMO_PIN);

  withCard(device('purchase', 'subsidised purchase: voucher credit first, the rest from the card or in cash'))
    .requiredOption('--amount <rials>', 'total in rials')
    .option('--rest <how>', 'card or cash', 'card')
    .action((options: Options) => show(options, (device) => purchase(device, options)));
  withCard(device('inquiry', 'voucher credit left, or with --amount the split a purchase would get'))
    .option('--amount <rials>', 'total in rials', '0')
    .action((options: Options) =>
      show(options, (device) =>
        device.financial('379800', rials(options.amount), { ...card(options), pin: undefined }),
      ),
    );
  withCard(device('return', 'return goods of a subsidised purchase'))
    .requiredOption('--amount <rials>', 'total in rials')
    .requiredOption('--rrn <rrn>', 'RRN of the purchase')
    .action((options: Options) =>
      show(options, (device) =>
        device.financial('279800', rials(options.amount), card(options), { 48: { '10': options.rrn } }),
      ),
    );
  withCard(device('balance', 'bank balance inquiry')).action((options: Options) =>
    show(options, (device) => device.financial('310000', 0n, card(options))),
  );
  device('reverse', 'reverse the last purchase made with this command').action((options: Options) =>
    show(options, (device, codec) => reverseLast(device, options, codec)),
  );
  device('panel', 'be the device: menus in Persian, until 0 (also without a command)', true).action(
    (options: Options) => panel(options),
  );
  terminal
    .command('run')
    .description('play YAML scenarios; exit status 2 when an expectation fails')
    .argument('<file...>', 'scenarios (docs/replay.md)')
    .option('--terminal <id>', 'terminal of scenarios that name none', '10000001')
    .action(runScenarios);
  device('echo', 'sign on, take keys, and send a network echo').action((options: Options) =>
    show(options, (device) => device.network('301')),
  );
}

type Conversation = (device: SimulatedTerminal, codec: Codec) => Promise<Answer>;

async function panel({ terminal }: Options): Promise<void> {
  const device = await connected(terminal);
  const screen = consoleScreen();
  try {
    const card = (household: number, pin: string | undefined): SimulatedCard => ({
      pan: demoPan(household),
      track2: demoTrack2(household),
      pin,
    });
    await runPanel(device, screen, { card });
  } finally {
    screen.close();
    device.close();
  }
}

async function runScenarios(files: readonly string[], options: { readonly terminal: string }): Promise<void> {
  for (const file of files) {
    const scenario = parseScenario(readFileSync(file, 'utf8'), file);
    const device = await connected(scenario.terminal ?? options.terminal);
    try {
      const done = await performScenario(scenario, device, ({ path, deed, rc, faults }) => {
        console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${path} ${deed}: RC ${rc ?? '-'}`);
        for (const fault of faults) console.log(`       ${fault}`);
      });
      const failed = done.filter(({ faults }) => faults.length > 0).length;
      console.log(`${scenario.name ?? file}: ${done.length} steps, ${failed} failed`);
      if (failed > 0) process.exitCode = 2;
    } finally {
      device.close();
    }
  }
}

async function connected(terminal: string): Promise<SimulatedTerminal> {
  const codec = compile(loadSpec('kalabarg-pos'));
  const device = await SimulatedTerminal.connect({ ...identity(terminal, loadConfig()), codec, redial: true });
  await device.signOn();
  return device;
}

async function show(options: Options, converse: Conversation): Promise<void> {
  const config = loadConfig();
  const codec = compile(loadSpec('kalabarg-pos'));
  const device = await SimulatedTerminal.connect({ ...identity(options.terminal, config), codec });
  try {
    await device.signOn();
    const answer = await converse(device, codec);
    console.log(
      answer.request.mti.startsWith('08')
        ? `echo: RC ${answer.rc}, MAC ${answer.macGood === true ? 'good' : 'not good'}`
        : receipt(answer),
    );
    if (answer.rc !== '00' && answer.rc !== '10') process.exitCode = 2;
  } finally {
    device.close();
  }
}

function identity(id: string, config: Config): Omit<Parameters<typeof SimulatedTerminal.connect>[0], 'codec'> {
  const known = DEMO_TERMINALS.find(({ terminal }) => terminal === id);
  if (known === undefined)
    throw new GatewayError('terminal.unknown', `--terminal ${id}: the demo programme has 10000001 to 10000030.`);
  const tls = { ca: join(config.data, 'tls', 'ca.crt'), ...terminalCertificate(config.data, id) };
  return {
    ...known,
    endpoint: { host: config.host, port: config.terminalPort, tls },
    clock: systemClock,
    timeoutMs: TIMEOUT_MS,
    // Another run within the day must not repeat a STAN of this second: 20 a second outrun any hand.
    firstStan: (Math.floor(systemClock.now() / 50) % 999_000) + 1,
  };
}

function card(options: Options): SimulatedCard {
  const household = Number(options.household);
  if (!Number.isInteger(household) || household < 1 || household > DEMO_HOUSEHOLDS) {
    throw new GatewayError(
      'terminal.household',
      `--household ${options.household}: the demo programme has 1 to ${DEMO_HOUSEHOLDS}.`,
    );
  }
  if (!/^\d{4,12}$/.test(options.pin)) throw new GatewayError('terminal.pin', '--pin must be 4 to 12 digits.');
  return { pan: demoPan(household), track2: demoTrack2(household), pin: options.pin };
}

function rials(text: string): bigint {
  if (!/^\d{1,12}$/.test(text))
    throw new GatewayError('terminal.amount', `--amount ${text}: wants whole rials, at most 12 digits.`);
  return BigInt(text);
}

async function purchase(device: SimulatedTerminal, options: Options): Promise<Answer> {
  if (options.rest !== 'card' && options.rest !== 'cash')
    throw new GatewayError('terminal.rest', '--rest must be card or cash.');
  const answer = await device.financial(
    options.rest === 'card' ? '179800' : '179898',
    rials(options.amount),
    card(options),
  );
  const fields = Object.fromEntries(
    [3, 4, 7, 11, 12, 13, 41, 42, 49].map((de) => [String(de), answer.request.get(de)]),
  );
  remember(options.terminal, { household: options.household, mti: answer.request.mti, fields });
  return answer;
}

function lastFile(terminal: string): string {
  return join(loadConfig().data, 'terminals', `${terminal}.last.json`);
}

function remember(terminal: string, last: LastPurchase): void {
  mkdirSync(join(loadConfig().data, 'terminals'), { recursive: true });
  writeFileSync(lastFile(terminal), JSON.stringify(last, null, 2) + '\n', { mode: 0o600 });
}

async function reverseLast(device: SimulatedTerminal, options: Options, codec: Codec): Promise<Answer> {
  let last: LastPurchase;
  try {
    last = JSON.parse(readFileSync(lastFile(options.terminal), 'utf8')) as LastPurchase;
  } catch (cause) {
    throw new GatewayError('terminal.last', `terminal ${options.terminal} has made no purchase to reverse`, { cause });
  }
  const fields = { ...last.fields, 35: demoTrack2(Number(last.household)) };
  const original = codec.decode(codec.encode({ mti: last.mti, fields }));
  return device.reverse(original, '17');
}
