import { Command } from 'commander';
import { VERSION } from '../ops/version.ts';
import { tellFault } from './faults.ts';
import { guardTerminal } from './terminal-guard.ts';

/** Commands load only when they are called, so that `kalabarg decode` starts as fast as it can. */
const COMMANDS: readonly {
  name: string;
  load: () => Promise<{ register: (program: Command, all: () => Promise<Command>) => void }>;
}[] = [
  { name: 'decode', load: () => import('./codec/decode.ts') },
  { name: 'encode', load: () => import('./codec/encode.ts') },
  { name: 'start', load: () => import('./gateway/start.ts') },
  { name: 'serve', load: () => import('./gateway/serve.ts') },
  { name: 'simulate', load: () => import('./simulate/simulate.ts') },
  { name: 'doubts', load: () => import('./gateway/doubts.ts') },
  { name: 'terminals', load: () => import('./gateway/terminals.ts') },
  { name: 'hsm', load: () => import('./keys/hsm.ts') },
  { name: 'keys', load: () => import('./keys/keys.ts') },
  { name: 'settle', load: () => import('./settlement/settle.ts') },
  { name: 'settlement', load: () => import('./settlement/settlement.ts') },
  { name: 'reconcile', load: () => import('./settlement/reconcile.ts') },
  { name: 'statement', load: () => import('./settlement/statement.ts') },
  { name: 'calendar', load: () => import('./settlement/calendar.ts') },
  { name: 'credit', load: () => import('./ledger/credit.ts') },
  { name: 'programme', load: () => import('./ledger/programme.ts') },
  { name: 'db', load: () => import('./ledger/db.ts') },
  { name: 'ledger', load: () => import('./ledger/ledger.ts') },
  { name: 'journal', load: () => import('./ledger/journal.ts') },
  { name: 'capture', load: () => import('./capture/capture.ts') },
  { name: 'replay', load: () => import('./capture/replay.ts') },
  { name: 'load', load: () => import('./simulate/load.ts') },
  { name: 'doctor', load: () => import('./capture/doctor.ts') },
  { name: 'spec', load: () => import('./spec/spec.ts') },
  { name: 'messages', load: () => import('./messages/messages.ts') },
  { name: 'people', load: () => import('./people/people.ts') },
  { name: 'login', load: () => import('./people/login.ts') },
  { name: 'logout', load: () => import('./people/logout.ts') },
  { name: 'whoami', load: () => import('./people/whoami.ts') },
  { name: 'token', load: () => import('./people/token.ts') },
  { name: 'audit', load: () => import('./people/audit.ts') },
  { name: 'signals', load: () => import('./shops/signals.ts') },
  { name: 'config', load: () => import('./gateway/config.ts') },
  { name: 'completion', load: () => import('./completion/completion.ts') },
];

/** Commands that have another name now; the old ones still work. The first that fits counts. */
const OLD_NAMES: readonly (readonly [was: string, is: string])[] = [
  ['bank advices', 'doubts'],
  ['bank', 'simulate bank'],
  ['hsm simulate', 'simulate hsm'],
  ['terminal', 'simulate terminal'],
];

/** Runs one command. The exit status is 0, 1 with a message a person can act on, or what docs/commands.md says. */
export async function run(argv: readonly string[]): Promise<void> {
  guardTerminal(console);
  try {
    const known = withPresentName(argv);
    const program = await commandsFor(known[2]);
    await tellUnknownNames(known[2]);
    await signActsOf(program, known[2]);
    await program.parseAsync(known);
  } catch (error) {
    process.exitCode = 1;
    tellFault(error);
  }
}

/** Old names are replaced, and told on standard error. */
export function withPresentName(argv: readonly string[]): readonly string[] {
  const [node = '', script = '', ...words] = argv;
  const renamed = OLD_NAMES.find(([was]) => was.split(' ').every((word, at) => words[at] === word));
  if (renamed === undefined) return argv;
  const [was, is] = renamed;
  console.error(`kalabarg: "kalabarg ${was}" is called "kalabarg ${is}" now.`);
  return [node, script, ...is.split(' '), ...words.slice(was.split(' ').length)];
}

/** @param name the command that is wanted, so that no other is loaded; of none or an unknown one, all */
export async function commandsFor(name?: string): Promise<Command> {
  const program = new Command('kalabarg');
  program
    .description('ISO 8583 gateway for the electronic food voucher (kalabarg)')
    .version(VERSION, '-V, --version', 'the version, and nothing else')
    .showHelpAfterError();
  const wanted = COMMANDS.find((command) => command.name === name);
  for (const command of wanted === undefined ? COMMANDS : [wanted])
    (await command.load()).register(program, () => commandsFor());
  return program;
}

/** Who acts is found out before a command does anything. Commands that never change books start without that. */
async function signActsOf(program: Command, name?: string): Promise<void> {
  if (name === undefined || !ACTING.has(name)) return;
  const { signActs } = await import('./people/acts.ts');
  signActs(program);
}

const ACTING = new Set([
  'settle',
  'settlement',
  'reconcile',
  'calendar',
  'credit',
  'programme',
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
