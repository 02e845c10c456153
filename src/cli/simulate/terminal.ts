import { Option, type Command } from 'commander';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, loadSpec, type Codec } from '../../codec/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig, type Config } from '../../ops/config.ts';
import {
  DEMO_HOUSEHOLDS,
  DEMO_PIN,
  DEMO_TERMINALS,
  DEMO_TRANSPORT_KEY,
  demoPan,
  demoTrack2,
  terminalCertificate,
  type DemoTerminal,
} from '../../demo/index.ts';
import { unwrapKeyBlock } from '../../hsm/index.ts';
import { GatewayError } from '../../ops/errors.ts';
import {
  answerSummary,
  parseScenario,
  performScenario,
  receipt,
  SimulatedTerminal,
  type Answer,
  type SimulatedCard,
  runPanel,
} from '../../simulators/terminal/index.ts';
import { makeFolder, readText, writeText } from '../files.ts';
import { rials, whole, withJson, wrongOption } from '../options.ts';
import { print, tell, type JsonOption } from '../print.ts';
import { consoleScreen } from './terminal-screen.ts';

interface Options extends JsonOption, OwnDevice {
  readonly terminal: string;
  readonly household: number;
  readonly amount: bigint;
  readonly rest: 'card' | 'cash';
  readonly pin: string;
  readonly rrn: string;
}

/** What a device that is not of the demo has of its own, in files. */
interface OwnDevice {
  /** DE 42. */
  readonly merchant?: string;
  /** Its master key as a key block, and in hexadecimal the key that the block is under. */
  readonly keyBlock?: string;
  readonly transportKey?: string;
  readonly cert?: string;
  readonly certKey?: string;
}

/** What `reverse` needs of the last purchase. The card is named by its household: no PAN is written. */
interface LastPurchase {
  readonly household: number | string;
  readonly mti: string;
  readonly fields: Readonly<Record<string, string | undefined>>;
}

const TIMEOUT_MS = 60_000;
const amount = rials('--amount', 12); // DE 4

/** A POS terminal of the demo programme, on the wire as a real one: TLS client certificate, keys, PIN block, MAC. */
export function registerTerminal(simulate: Command): void {
  const terminal = simulate.command('terminal').description('be a POS terminal of the demo programme');
  const device = (name: string, description: string, isDefault = false): Command =>
    terminal
      .command(name, { isDefault })
      .description(description)
      .option('--terminal <id>', 'terminal id: 10000001 to 10000030, or another with the files of its own', '10000001')
      .option('--merchant <id>', 'DE 42 of a device that is not of the demo')
      .option('--key-block <file>', 'its master key, as kalabarg keys export gives it')
      .option('--transport-key <file>', 'the key that the block is under, in hexadecimal (default: of the demo)')
      .option('--cert <file>', 'its certificate, PEM')
      .option('--cert-key <file>', 'the private key of the certificate, PEM');
  const asked = (name: string, description: string): Command => withJson(device(name, description));
  const withCard = (command: Command): Command =>
    command
      .option('--household <n>', 'whose card is inserted, 1 to 1000', whole('--household', 1, DEMO_HOUSEHOLDS), 7)
      .option('--pin <digits>', 'PIN typed by the customer', pin, DEMO_PIN);

  withCard(asked('purchase', 'subsidised purchase: voucher credit first, the rest from the card or in cash'))
    .requiredOption('--amount <rials>', 'total in rials', amount)
    .addOption(new Option('--rest <how>', 'who pays the rest').choices(['card', 'cash']).default('card'))
    .action((options: Options) => show(options, (device) => purchase(device, options)));
  withCard(asked('inquiry', 'voucher credit left, or with --amount the split a purchase would get'))
    .option('--amount <rials>', 'total in rials (default: 0)', amount)
    .action((options: Omit<Options, 'amount'> & { readonly amount?: bigint }) =>
      show(options, (device) => device.financial('379800', options.amount ?? 0n, { ...card(options), pin: undefined })),
    );
  withCard(asked('return', 'return goods of a subsidised purchase'))
    .requiredOption('--amount <rials>', 'total in rials', amount)
    .requiredOption('--rrn <rrn>', 'RRN of the purchase')
    .action((options: Options) =>
      show(options, (device) =>
        device.financial('279800', options.amount, card(options), { 48: { '10': options.rrn } }),
      ),
    );
  withCard(asked('balance', 'bank balance inquiry')).action((options: Options) =>
    show(options, (device) => device.financial('310000', 0n, card(options))),
  );
  asked('reverse', 'reverse the last purchase made with this command').action((options: Options) =>
    show(options, (device, codec) => reverseLast(device, options, codec)),
  );
  device('panel', 'be the device: menus in Persian, until 0 (also without a command)', true).action(
    (options: Options) => panel(options),
  );
  withJson(terminal.command('run'))
    .description('play YAML scenarios; exit status 2 when an expectation fails')
    .argument('<file...>', 'scenarios (docs/replay.md)')
    .option('--terminal <id>', 'terminal of scenarios that name none', '10000001')
    .action(runScenarios);
  asked('echo', 'sign on, take keys, and send a network echo').action((options: Options) =>
    show(options, (device) => device.network('301')),
  );
}

type Conversation = (device: SimulatedTerminal, codec: Codec) => Promise<Answer>;

async function panel(options: Options): Promise<void> {
  const device = await connected(options.terminal, options);
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

async function runScenarios(
  files: readonly string[],
  options: JsonOption & { readonly terminal: string },
): Promise<void> {
  for (const file of files) {
    const scenario = parseScenario(readText(file), file);
    const device = await connected(scenario.terminal ?? options.terminal);
    try {
      const done = await performScenario(scenario, device, ({ path, deed, rc, faults }) => {
        print(options, { file, step: path, deed, rc: rc ?? null, faults }, () =>
          [
            `${faults.length === 0 ? 'ok  ' : 'FAIL'} ${path} ${deed}: RC ${rc ?? '-'}`,
            ...faults.map((fault) => `       ${fault}`),
          ].join('\n'),
        );
      });
      const failed = done.filter(({ faults }) => faults.length > 0).length;
      tell(options, `${scenario.name ?? file}: ${done.length} steps, ${failed} failed`);
      if (failed > 0) process.exitCode = 2;
    } finally {
      device.close();
    }
  }
}

async function connected(terminal: string, own: OwnDevice = {}): Promise<SimulatedTerminal> {
  const codec = compile(loadSpec('kalabarg-pos'));
  const device = await SimulatedTerminal.connect({ ...identity(terminal, own, loadConfig()), codec, redial: true });
  await device.signOn();
  return device;
}

async function show(options: Omit<Options, 'amount'>, converse: Conversation): Promise<void> {
  const config = loadConfig();
  const codec = compile(loadSpec('kalabarg-pos'));
  const device = await SimulatedTerminal.connect({ ...identity(options.terminal, options, config), codec });
  try {
    await device.signOn();
    const answer = await converse(device, codec);
    print(options, answerSummary(answer), () =>
      answer.request.mti.startsWith('08')
        ? `echo: RC ${answer.rc}, MAC ${answer.macGood === true ? 'good' : 'not good'}`
        : receipt(answer),
    );
    if (answer.rc !== '00' && answer.rc !== '10') process.exitCode = 2;
  } finally {
    device.close();
  }
}

function identity(
  id: string,
  own: OwnDevice,
  config: Config,
): Omit<Parameters<typeof SimulatedTerminal.connect>[0], 'codec'> {
  const device = ownDevice(id, own) ?? demoDevice(id, config);
  const tls = { ca: join(config.data, 'tls', 'ca.crt'), cert: device.cert, key: device.key };
  return {
    ...device,
    endpoint: { host: config.host, port: config.terminalPort, tls },
    clock: systemClock,
    timeoutMs: TIMEOUT_MS,
    // Another run within the day must not repeat a STAN of this second: 20 a second outrun any hand.
    firstStan: (Math.floor(systemClock.now() / 50) % 999_000) + 1,
  };
}

type Device = DemoTerminal & { readonly cert: string; readonly key: string };

function demoDevice(id: string, config: Config): Device {
  const known = DEMO_TERMINALS.find(({ terminal }) => terminal === id);
  if (known === undefined)
    throw wrongOption(
      `--terminal ${id}`,
      'a terminal of the demo programme, 10000001 to 10000030, or --merchant, --key-block, --cert and --cert-key too',
    );
  return { ...known, ...terminalCertificate(config.data, id) };
}

/** @returns undefined: no file of its own is named
 *  @throws GatewayError `option.invalid`, `file.unreadable`, HsmError `keyblock.mac` */
function ownDevice(
  terminal: string,
  { merchant, keyBlock, transportKey, cert, certKey }: OwnDevice,
): Device | undefined {
  if ([merchant, keyBlock, transportKey, cert, certKey].every((each) => each === undefined)) return undefined;
  if (merchant === undefined || keyBlock === undefined || cert === undefined || certKey === undefined)
    throw wrongOption('--merchant, --key-block, --cert, --cert-key', 'all four of them: a device needs each');
  // all of them before anything is made of one: which file cannot be read is told by its name
  const [block = '', under] = [keyBlock, transportKey, cert, certKey].map((file) => file && readText(file).trim());
  const protection = under === undefined ? DEMO_TRANSPORT_KEY : Buffer.from(under, 'hex');
  const { key: tmk, header } = unwrapKeyBlock(block, protection);
  return { terminal, merchant, algorithm: header.algorithm === 'A' ? 'AES' : 'TDES', tmk, cert, key: certKey };
}

function card({ household, pin }: Pick<Options, 'household' | 'pin'>): SimulatedCard {
  return { pan: demoPan(household), track2: demoTrack2(household), pin };
}

function pin(text: string): string {
  if (/^\d{4,12}$/.test(text)) return text;
  throw wrongOption('--pin', '4 to 12 digits');
}

async function purchase(device: SimulatedTerminal, options: Options): Promise<Answer> {
  const answer = await device.financial(options.rest === 'card' ? '179800' : '179898', options.amount, card(options));
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
  makeFolder(join(loadConfig().data, 'terminals'));
  writeText(lastFile(terminal), JSON.stringify(last, null, 2) + '\n', 0o600);
}

async function reverseLast(device: SimulatedTerminal, options: Options, codec: Codec): Promise<Answer> {
  let last: LastPurchase;
  try {
    last = JSON.parse(readFileSync(lastFile(options.terminal), 'utf8')) as LastPurchase;
  } catch (cause) {
    throw new GatewayError(
      'terminal.last',
      `Terminal ${options.terminal} made no purchase here that could be reversed: make one first.`,
      { cause },
    );
  }
  const fields = { ...last.fields, 35: demoTrack2(Number(last.household)) };
  const original = codec.decode(codec.encode({ mti: last.mti, fields }));
  return device.reverse(original, '17');
}
