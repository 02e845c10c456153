import { Command, Help } from 'commander';
import { VERSION } from '../ops/version.ts';
import { tellFault } from './faults.ts';
import { demandKnownCommand } from './misspelt.ts';
import { guardTerminal } from './terminal-guard.ts';

interface TopCommand {
  readonly name: string;
  readonly says: string;
  readonly load: () => Promise<{ register: (program: Command, all: () => Promise<Command>) => void }>;
}

/** Commands load only when they are called, so that `kalabarg --help` and `kalabarg decode` start as fast as they can: what each is for
 *  stands here alone. */
const GROUPS: Readonly<Record<string, readonly TopCommand[]>> = {
  'Run it': [
    {
      name: 'start',
      says: 'run everything on this machine: database, bank switch simulator, gateway, demo programme',
      load: () => import('./gateway/start.ts'),
    },
    {
      name: 'serve',
      says: 'run one copy of the gateway on DATABASE_URL and KALABARG_BANK_HOST (production)',
      load: () => import('./gateway/serve.ts'),
    },
    {
      name: 'simulate',
      says: 'a bank switch, an HSM, a registry or a terminal that is not there',
      load: () => import('./simulate/simulate.ts'),
    },
    {
      name: 'load',
      says: 'load a gateway: requests come when they are due, answered or not (open model)',
      load: () => import('./simulate/load.ts'),
    },
    {
      name: 'doctor',
      says: 'look at everything a gateway depends on, and say what to do; or find out what is wrong with captured bytes',
      load: () => import('./capture/doctor.ts'),
    },
    {
      name: 'config',
      says: 'every setting with its value in effect and where that comes from; refuses wrong ones, names unknown ones',
      load: () => import('./gateway/config.ts'),
    },
    { name: 'db', says: 'the database: its tables and its roles, as its owner', load: () => import('./ledger/db.ts') },
  ],
  Frames: [
    {
      name: 'decode',
      says: 'show what an ISO 8583 frame says: a picture, or JSON',
      load: () => import('./codec/decode.ts'),
    },
    {
      name: 'encode',
      says: 'build ISO 8583 frames from JSON objects: {"mti":"0200","fields":{"2":"…"}}',
      load: () => import('./codec/encode.ts'),
    },
    {
      name: 'spec',
      says: 'check, compare, document, import and export dialects; show their generated code',
      load: () => import('./spec/spec.ts'),
    },
    {
      name: 'profile',
      says: 'check and document what the terminals of a PSP speak',
      load: () => import('./profile/profile.ts'),
    },
    {
      name: 'capture',
      says: 'record, read, sanitise and show conversations',
      load: () => import('./capture/capture.ts'),
    },
    {
      name: 'replay',
      says: 'play captures against a gateway and compare its answers field by field',
      load: () => import('./capture/replay.ts'),
    },
  ],
  'Terminals and keys': [
    {
      name: 'terminals',
      says: 'the registry of terminals: what each is, its state, its certificates',
      load: () => import('./terminals/terminals.ts'),
    },
    {
      name: 'updates',
      says: 'signed updates of terminals: keys, releases, rollouts (docs/updates.md)',
      load: () => import('./updates/updates.ts'),
    },
    {
      name: 'certify',
      says: "lead a vendor's device through scripted cases; signed reports, verdicts (docs/vendors.md)",
      load: () => import('./certify/certify.ts'),
    },
    {
      name: 'keys',
      says: 'keys of terminals and banks: ceremonies, key blocks, LMK',
      load: () => import('./keys/keys.ts'),
    },
    { name: 'hsm', says: 'the hardware security module of the settings', load: () => import('./keys/hsm.ts') },
  ],
  'Households and rules': [
    {
      name: 'credit',
      says: 'households, cards, credit and goods: load them, look at them',
      load: () => import('./ledger/credit.ts'),
    },
    {
      name: 'programme',
      says: 'programmes: their rules, charge calendars, entitlements and baskets of goods',
      load: () => import('./ledger/programme.ts'),
    },
    {
      name: 'household',
      says: 'households that merge, split, or let a card go: cards, members and credit move',
      load: () => import('./ledger/household.ts'),
    },
  ],
  'Books and settlement': [
    { name: 'ledger', says: 'the books', load: () => import('./ledger/ledger.ts') },
    {
      name: 'backup',
      says: 'whether a backup can be restored, and its books are right',
      load: () => import('./ledger/backup.ts'),
    },
    {
      name: 'journal',
      says: `a business day's transactions and postings as a file whose lines are chained`,
      load: () => import('./ledger/journal.ts'),
    },
    {
      name: 'settle',
      says: 'close a business day and pay its shops: payment files in <data>/outbox',
      load: () => import('./settlement/settle.ts'),
    },
    {
      name: 'settlement',
      says: 'clearing in its single steps, what became of it, and why',
      load: () => import('./settlement/settlement.ts'),
    },
    {
      name: 'statement',
      says: `a shop's statement, in Persian, of a day or a month`,
      load: () => import('./settlement/statement.ts'),
    },
    {
      name: 'reconcile',
      says: `acquirers' settlement files, and the break desk`,
      load: () => import('./settlement/reconcile.ts'),
    },
    {
      name: 'calendar',
      says: 'business days of banks and offices, holidays, PAYA cycles; dates Gregorian or Jalali (1405-09-02)',
      load: () => import('./settlement/calendar.ts'),
    },
    {
      name: 'doubts',
      says: 'what is in doubt with the bank: reversals that it has not taken, card legs that are open',
      load: () => import('./gateway/doubts.ts'),
    },
  ],
  'People and shops': [
    {
      name: 'login',
      says: 'sign in: asks name, password and code, and keeps a token for 12 hours in a file of this user',
      load: () => import('./people/login.ts'),
    },
    { name: 'logout', says: 'end what kalabarg login began', load: () => import('./people/logout.ts') },
    { name: 'whoami', says: 'who is signed in here, and what they may do', load: () => import('./people/whoami.ts') },
    {
      name: 'people',
      says: 'the people who act: names, roles, who may sign in',
      load: () => import('./people/people.ts'),
    },
    {
      name: 'token',
      says: `tokens for a person's own programs: scopes, an end, shown once`,
      load: () => import('./people/token.ts'),
    },
    {
      name: 'audit',
      says: 'who did what: a chain of rows that no running role can change',
      load: () => import('./people/audit.ts'),
    },
    {
      name: 'signals',
      says: 'what closed days show about shops that a person should look at (docs/shops.md)',
      load: () => import('./shops/signals.ts'),
    },
    {
      name: 'messages',
      says: 'what applicants and shops were told by SMS, the newest first; only the demo shows codes',
      load: () => import('./messages/messages.ts'),
    },
  ],
  Shell: [
    {
      name: 'completion',
      says: 'words that may follow, for a shell: eval "$(kalabarg completion bash)"',
      load: () => import('./completion/completion.ts'),
    },
  ],
};
const COMMANDS = Object.values(GROUPS).flat();

/** Commands that have another name now; the old ones still work. The first that fits counts. */
const OLD_NAMES: readonly (readonly [was: string, is: string])[] = [
  ['bank advices', 'doubts'],
  ['terminals certify', 'terminals issue'],
  ['bank', 'simulate bank'],
  ['hsm simulate', 'simulate hsm'],
  ['terminal', 'simulate terminal'],
];

/** Runs one command. The exit status is 0, 1 with a message a person can act on, or what docs/commands.md says. */
export async function run(argv: readonly string[]): Promise<void> {
  guardTerminal(console);
  try {
    const known = withPresentName(argv);
    const program = isCommand(known[2]) ? await commandsFor(known[2]) : listOfCommands();
    demandKnownCommand(program, known.slice(2));
    await tellUnknownNames(known[2]);
    await signActsOf(program, known[2]);
    await program.parseAsync(known);
  } catch (error) {
    process.exitCode = 1;
    tellFault(error);
  }
}

/** Old names are replaced, and told on standard error; `help X` is `X --help`. */
export function withPresentName(argv: readonly string[]): readonly string[] {
  const [node = '', script = '', ...typed] = argv;
  const words = typed[0] === 'help' ? [...typed.slice(1), '--help'] : typed;
  const renamed = OLD_NAMES.find(([was]) => was.split(' ').every((word, at) => words[at] === word));
  if (renamed === undefined) return [node, script, ...words];
  const [was, is] = renamed;
  console.error(`kalabarg: "kalabarg ${was}" is called "kalabarg ${is}" now.`);
  return [node, script, ...is.split(' '), ...words.slice(was.split(' ').length)];
}

/** @param name the command that is wanted, so that no other is loaded; of none, all */
export async function commandsFor(name?: string): Promise<Command> {
  const program = emptyProgram();
  const wanted = COMMANDS.filter((command) => name === undefined || command.name === name);
  for (const { load } of wanted) (await load()).register(program, () => commandsFor());
  for (const [heading, commands] of Object.entries(GROUPS))
    for (const { name: of, says } of commands)
      program.commands
        .find((command) => command.name() === of)
        ?.description(says)
        .helpGroup(`${heading}:`);
  return program;
}

/** All commands with what they are for, and nothing that they do: for whoever asks for none of them, or for one that there is not. */
export function listOfCommands(): Command {
  const program = emptyProgram();
  for (const [heading, commands] of Object.entries(GROUPS))
    for (const { name, says } of commands) program.command(name).description(says).helpGroup(`${heading}:`);
  return program;
}

function emptyProgram(): Command {
  return new Command('kalabarg')
    .description('ISO 8583 gateway for the electronic food voucher (kalabarg)')
    .version(VERSION, '-V, --version', 'the version, and nothing else')
    .configureHelp({ subcommandTerm })
    .helpCommand(false)
    .showHelpAfterError();
}

/** Only names in the list of all commands, which has not loaded their arguments. */
function subcommandTerm(command: Command): string {
  return command.parent?.parent === null ? command.name() : new Help().subcommandTerm(command);
}

function isCommand(name: string | undefined): name is string {
  return COMMANDS.some((command) => command.name === name);
}

/** Who acts is found out before a command does anything. Commands that never change books start without that. */
async function signActsOf(program: Command, name?: string): Promise<void> {
  if (name === undefined || !ACTING.has(name)) return;
  const { signActs } = await import('./people/acts.ts');
  signActs(program);
}

const ACTING = new Set([
  'certify',
  'settle',
  'settlement',
  'reconcile',
  'calendar',
  'credit',
  'programme',
  'household',
  'terminals',
  'doubts',
  'keys',
]);

/** These read no setting, and start as fast as they can. */
const WITHOUT_SETTINGS = new Set(['decode', 'encode', 'spec', 'completion']);

async function tellUnknownNames(name?: string): Promise<void> {
  if (name === undefined || name.startsWith('-') || WITHOUT_SETTINGS.has(name)) return;
  const { unknownNames } = await import('../ops/config.ts');
  for (const { name: unknown, nearest } of unknownNames())
    console.error(
      `kalabarg: ${unknown} is not a setting and changes nothing. Did you mean ${nearest}? (kalabarg config)`,
    );
}
