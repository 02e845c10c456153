import { Option, type Command } from 'commander';
import { compile, loadSpec, type FieldInput } from '../../../codec/index.ts';
import { loadConfig } from '../../../ops/config.ts';
import type { SimulatedTerminal } from '../../../simulators/terminal/index.ts';
import {
  answerSummary,
  isApprovedPurchase,
  parseScenario,
  performScenario,
  receipt,
  sell,
  totalOf,
  writeBasket,
  type Answer,
  type BasketItem,
  type LastPurchase,
} from '../../../simulators/terminal/index.ts';
import { readText } from '../../files.ts';
import { createPrompter } from '../../keys/prompt.ts';
import { rials, withJson, wrongOption } from '../../options.ts';
import { howMany, print, tell, type JsonOption } from '../../print.ts';
import { cardOf, demandCard, withCard, type CardOptions } from './cards.ts';
import { identityOf, signedOn, withIdentity, type AskSecret, type Identity, type IdentityOptions } from './identity.ts';
import { cardFileOf, lastFile, lastPurchase, track2Of } from './last.ts';
import { item, ITEM, ITEM_SAYS, languageOption, type LanguageOption } from './options.ts';
import { panel } from './panel.ts';
import { registerUpdates } from './updates.ts';
import { goodsInFolder } from './updating.ts';

type Options = JsonOption & IdentityOptions & CardOptions & LanguageOption;

interface Purchase extends Options {
  readonly amount?: bigint;
  readonly item?: readonly BasketItem[];
  readonly rest?: 'card' | 'cash';
}

const amount = rials('--amount', 12); // DE 4

/** A POS terminal on the wire as a real one: TLS client certificate, keys, PIN block, MAC. */
export function registerTerminal(simulate: Command): void {
  const terminal = simulate.command('terminal').description('be a POS terminal: of the demo programme, or your own');
  const asked = (name: string, description: string): Command =>
    withJson(withIdentity(terminal.command(name).description(description))).addOption(languageOption('en'));

  withCard(asked('purchase', 'subsidised purchase: voucher credit first, the rest from the card or in cash'))
    .option('--amount <rials>', 'total in rials (default: of the basket)', amount)
    .option(ITEM, ITEM_SAYS, item)
    .addOption(new Option('--rest <how>', 'who pays the rest').choices(['card', 'cash']).default('card'))
    .action((options: Purchase) => show(options, (stage) => purchase(stage, options)));
  withCard(asked('inquiry', 'voucher credit left, or with an amount or a basket the split a purchase would get'))
    .option('--amount <rials>', 'total in rials (default: of the basket, or 0)', amount)
    .option(ITEM, ITEM_SAYS, item)
    .action((options: Purchase) =>
      show(options, async ({ device, card }) =>
        device.financial('379800', totalIn(options) ?? 0n, await card(false), basketIn(options, device)),
      ),
    );
  withCard(asked('return', 'return goods of a subsidised purchase'))
    .requiredOption('--amount <rials>', 'total in rials', amount)
    .requiredOption('--rrn <rrn>', 'RRN of the purchase')
    .action((options: Options & { amount: bigint; rrn: string }) =>
      show(options, async ({ device, card }) =>
        device.financial('279800', options.amount, await card(true), { 48: { '10': options.rrn } }),
      ),
    );
  withCard(asked('balance', 'bank balance inquiry')).action((options: Options) =>
    show(options, async ({ device, card }) => device.financial('310000', 0n, await card(true))),
  );
  asked('reverse', 'take back the last approved purchase of this terminal')
    .option('--card <file>', 'the card of that purchase, where it is not of the demo, mode 0600')
    .action((options: Options) => show(options, ({ device, last }) => last.reverse(device)));
  withIdentity(terminal.command('panel', { isDefault: true }))
    .description('be the device: menus, baskets, receipts, until 0 (also without a command)')
    .option('--card <file>', 'the card that is inserted (default: asked for), mode 0600')
    .addOption(languageOption('fa'))
    .action(panel);
  withJson(terminal.command('run'))
    .description('play YAML scenarios; exit status 2 when an expectation fails')
    .argument('<file...>', 'scenarios (docs/replay.md)')
    .option('--terminal <id>', 'terminal of scenarios that name none', '10000001')
    .option('--profile <name>', 'what terminals of scenarios that name none speak (docs/profiles.md)')
    .action(runScenarios);
  asked('echo', 'sign on, take keys, and send a network echo').action((options: Options) =>
    show(options, ({ device }) => device.network('301')),
  );
  registerUpdates(terminal);
}

/** The device of a command, signed on, with the card that its options name. */
interface Stage {
  readonly device: SimulatedTerminal;
  readonly card: (withPin: boolean) => ReturnType<typeof cardOf>;
  readonly last: LastPurchase;
}

async function show(options: Options, converse: (stage: Stage) => Promise<Answer>): Promise<void> {
  const config = loadConfig();
  const codec = compile(loadSpec('kalabarg-pos'));
  const { ask, close } = secrets(options);
  try {
    const identity = await identityOf(options, config, ask);
    const card = (withPin: boolean) =>
      cardOf({ ...cardFileOf(identity), ...options }, identity.demo, withPin, {
        language: options.language,
        secret: ask,
      });
    const last = lastPurchase(lastFile(identity, options, config), codec, async (masked) =>
      track2Of(masked, await card(false)),
    );
    demandCard(options);
    const device = await signedOn(identity, codec);
    try {
      const answer = await converse({ device, card, last });
      print(options, answerSummary(answer), () => textOf(answer, options, identity));
      if (answer.rc !== '00' && answer.rc !== '10') process.exitCode = 2;
    } finally {
      device.close();
    }
  } finally {
    close();
  }
}

function textOf(answer: Answer, { language, device }: Options, { shop }: Identity): string {
  if (answer.request.mti.startsWith('08'))
    return `echo: RC ${answer.rc}, MAC ${answer.macGood === true ? 'good' : 'not good'}`;
  return receipt(answer, { language, shop, goods: goodsInFolder(device) });
}

/** Whoever is asked sits there only while a secret is missing. With `--json`, questions are no results. */
function secrets({ json }: JsonOption): { ask: AskSecret; close: () => void } {
  let prompter: ReturnType<typeof createPrompter> | undefined;
  const screen = json === true ? process.stderr : process.stdout;
  return {
    ask: (question) => (prompter ??= createPrompter(process.stdin, screen, process.stdin.isTTY)).askHidden(question),
    close: () => prompter?.close(),
  };
}

async function purchase({ device, card, last }: Stage, options: Purchase): Promise<Answer> {
  const total = totalIn(options);
  if (total === undefined) throw wrongOption('--amount, --item', 'an amount, a basket, or both');
  const code = options.rest === 'cash' ? '179898' : '179800';
  const inserted = await card(true);
  const answer = await sell(device, { code, rials: total, card: inserted, fields: basketIn(options, device) });
  if (isApprovedPurchase(answer)) last.keep(answer, inserted, device.recall(answer.request));
  return answer;
}

/** Both may be given, and need not agree: the gateway answers 40 then. */
function totalIn({ amount: given, item: items = [] }: Purchase): bigint | undefined {
  return given ?? (items.length === 0 ? undefined : totalOf(items));
}

function basketIn({ item: items = [] }: Purchase, { unit }: SimulatedTerminal): Readonly<Record<number, FieldInput>> {
  return items.length === 0 ? {} : { 48: { '01': writeBasket(items, unit) } };
}

async function runScenarios(
  files: readonly string[],
  options: JsonOption & { readonly terminal: string; readonly profile?: string },
): Promise<void> {
  const codec = compile(loadSpec('kalabarg-pos'));
  const next = new Map<string, number>();
  for (const file of files) {
    const scenario = parseScenario(readText(file), file);
    const terminal = scenario.terminal ?? options.terminal;
    const profile = scenario.profile ?? options.profile;
    const asked = { terminal, ...(profile === undefined ? {} : { profile }) };
    const identity = await identityOf(asked, loadConfig(), noSecret);
    // a scenario may ask faster than the clock counts STANs: the next one of the same device goes on where it stopped
    const firstStan = Math.max(identity.options.firstStan, next.get(terminal) ?? 1);
    const device = await signedOn({ ...identity, options: { ...identity.options, firstStan } }, codec);
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
      tell(options, `${scenario.name ?? file}: ${howMany(done.length, 'step')}, ${failed} failed`);
      if (failed > 0) process.exitCode = 2;
    } finally {
      next.set(terminal, device.nextStan);
      device.close();
    }
  }
}

/** Scenarios run on terminals of the demo, which have no secret. */
const noSecret: AskSecret = () => Promise.resolve('');
