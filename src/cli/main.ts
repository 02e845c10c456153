import { Command } from 'commander';
import { VERSION } from '../ops/version.ts';
import { tellFault } from './faults.ts';
import { guardTerminal } from './terminal-guard.ts';

/** Commands load only when they are called, so that `kalabarg decode` starts as fast as it can. */
const COMMANDS: readonly {
  name: string;
  load: () => Promise<{ register: (program: Command, all: () => Promise<Command>) => void }>;
}[] = [
  { name: 'decode', load: () => import('./decode.ts') },
  { name: 'encode', load: () => import('./encode.ts') },
  { name: 'start', load: () => import('./start.ts') },
  { name: 'serve', load: () => import('./serve.ts') },
  { name: 'bank', load: () => import('./bank.ts') },
  { name: 'terminal', load: () => import('./terminal.ts') },
  { name: 'terminals', load: () => import('./terminals.ts') },
  { name: 'hsm', load: () => import('./hsm.ts') },
  { name: 'keys', load: () => import('./keys.ts') },
  { name: 'settle', load: () => import('./settle.ts') },
  { name: 'settlement', load: () => import('./settlement.ts') },
  { name: 'reconcile', load: () => import('./reconcile.ts') },
  { name: 'statement', load: () => import('./statement.ts') },
  { name: 'calendar', load: () => import('./calendar.ts') },
  { name: 'credit', load: () => import('./credit.ts') },
  { name: 'programme', load: () => import('./programme.ts') },
  { name: 'db', load: () => import('./db.ts') },
  { name: 'ledger', load: () => import('./ledger.ts') },
  { name: 'journal', load: () => import('./journal.ts') },
  { name: 'capture', load: () => import('./capture.ts') },
  { name: 'replay', load: () => import('./replay.ts') },
  { name: 'load', load: () => import('./load.ts') },
  { name: 'doctor', load: () => import('./doctor.ts') },
  { name: 'spec', load: () => import('./spec.ts') },
  { name: 'config', load: () => import('./config.ts') },
  { name: 'completion', load: () => import('./completion.ts') },
];

/** Runs one command. The exit status is 0, 1 with a message a person can act on, or what docs/commands.md says. */
export async function run(argv: readonly string[]): Promise<void> {
  guardTerminal(console);
  try {
    const program = await commandsFor(argv[2]);
    await tellUnknownNames(argv[2]);
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = 1;
    tellFault(error);
  }
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

/** These read no setting, and start as fast as they can. */
const WITHOUT_SETTINGS = new Set(['decode', 'encode', 'spec', 'completion']);

async function tellUnknownNames(name?: string): Promise<void> {
  if (name === undefined || name.startsWith('-') || WITHOUT_SETTINGS.has(name)) return;
  const { unknownNames } = await import('../ops/config.ts');
  for (const { name: unknown, nearest } of unknownNames())
    console.error(`kalabarg: ${unknown} is no setting and changes nothing. Is ${nearest} meant? (kalabarg config)`);
}
