import type { Command } from 'commander';
import { GatewayError } from '../../ops/errors.ts';
import {
  beginSetup,
  checkPassword,
  checkSecondFactor,
  demandOutcome,
  endSetup,
  FRESH_MS,
  rolesThatGive,
  signOut,
  whoHas,
  type People,
  type Permission,
} from '../../people/index.ts';
import { createPrompter, type Prompter } from '../keys/prompt.ts';
import { withPeople } from './open.ts';
import { loginFile, storeToken } from './store.ts';

/** This machine's own command line. */
const HERE = { address: undefined };

export function register(program: Command): void {
  program
    .command('login')
    .option('--setup', 'with the code of an invitation: choose a password and a second factor first')
    .action(async ({ setup = false }: { setup?: boolean }) => {
      await withPeople('gateway', async ({ config, ...people }) => {
        await prompting(async (prompter) => {
          if (setup) await setUp(people, prompter);
          else {
            const { login, token } = await logIn(people, prompter);
            storeToken(config, login, token);
            prompter.tell(
              `Signed in as ${login} for 12 hours (${loginFile()}); for releases, keys and people ${FRESH_MS / 60_000} minutes.`,
            );
          }
        });
      });
    });
}

async function prompting(work: (prompter: Prompter) => Promise<void>): Promise<void> {
  const prompter = createPrompter(process.stdin, process.stdout, process.stdin.isTTY);
  try {
    await work(prompter);
  } finally {
    prompter.close();
  }
}

/** Asks a person for both factors.
 *  @throws GatewayError `sign-in.refused`, `sign-in.locked`, `keys.input` */
async function logIn(people: People, prompter: Prompter): Promise<{ login: string; token: string }> {
  const login = await prompter.ask('Login: ');
  const password = await prompter.askHidden('Password (not shown): ');
  const { challenge } = demandOutcome(await checkPassword(people, { login, password }, HERE));
  const code = await prompter.askHidden('Code of the authenticator app, or a recovery code (not shown): ');
  const { token } = demandOutcome(await checkSecondFactor(people, { challenge, code, kind: 'login' }, HERE));
  return { login, token };
}

/** A person proves both factors at this terminal, for one act; nothing of it is kept here.
 *  @returns their login
 *  @throws GatewayError `sign-in.refused`, `sign-in.locked`, `people.permission` */
export async function proveHere(people: People, prompter: Prompter, permission: Permission): Promise<string> {
  const { login, token } = await logIn(people, prompter);
  const signed = await whoHas(people.pool, token, people.clock.now());
  if (signed === undefined) throw new GatewayError('sign-in.refused', `${login} was disabled in the meantime.`);
  await signOut(people.pool, signed, HERE);
  if (signed.permissions.includes(permission)) return login;
  const roles = rolesThatGive(permission).join(' or ');
  throw new GatewayError('people.permission', `${login} may not ${permission}: that needs the role ${roles}.`);
}

async function setUp(people: People, prompter: Prompter): Promise<void> {
  const login = await prompter.ask('Login: ');
  const setupCode = await prompter.askHidden('Code of the invitation (not shown): ');
  const { otpauth } = demandOutcome(await beginSetup(people, { login, setupCode }, HERE));
  prompter.tell(`\nPut this into an authenticator app (as a key, or the whole as a QR code):

  ${/secret=([A-Z2-7]+)/.exec(otpauth)?.[1] ?? ''}
  ${otpauth}
`);
  const password = await prompter.askHidden('A password of 12 characters or more (not shown): ');
  if ((await prompter.askHidden('The same again (not shown): ')) !== password)
    throw new GatewayError('login.password', 'The two passwords differ. Nothing was set up; begin again.');
  const code = await prompter.askHidden('The code that the app shows (not shown): ');
  const ended = demandOutcome(await endSetup(people, { login, setupCode, password, code }, HERE));
  prompter.tell(`\n${login} is set up. Where the app is lost, each of these serves once in its place. They are shown this once:

${ended.recoveryCodes.map((each) => `  ${each}`).join('\n')}

Sign in with kalabarg login, once the app shows another code.`);
}
