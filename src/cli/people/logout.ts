import type { Command } from 'commander';
import { GatewayError } from '../../ops/errors.ts';
import { signOut } from '../../people/index.ts';
import { withPeople } from './open.ts';
import { signedIn } from './signed-in.ts';
import { forgetToken } from './store.ts';

export function register(program: Command): void {
  program.command('logout').action(async () => {
    await withPeople('gateway', async ({ pool, config }) => {
      const signed = await signedIn(pool, { ...config, token: '' }).catch((error: unknown) => {
        if (error instanceof GatewayError && error.code === 'login.ended') return undefined; // it is over already
        throw error;
      });
      if (signed !== undefined) await signOut(pool, signed, { address: undefined });
      forgetToken(config);
      console.log(signed === undefined ? 'Nobody was signed in.' : `${signed.actor.name} is signed out.`);
    });
  });
}
