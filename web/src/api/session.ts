import { queryOptions } from '@tanstack/react-query';
import type { Static } from 'typebox';
import type {
  Challenge,
  ConfirmBody,
  Me as MeSchema,
  RecoveryCodes,
  SetupBegun,
  SetupBody,
} from '../../../src/console/api/schemas.ts';
import type { Permission } from '../../../src/people/index.ts';
import { change, read, shell } from './client.ts';
import { codeOf } from './problem.ts';

export type Me = Static<typeof MeSchema>;
export type { Permission };

/** Who is signed in; null: nobody. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async (): Promise<Me | null> => {
    try {
      return remember((await read<Me>('/me')).body);
    } catch (error) {
      if (codeOf(error) === 'sign-in.none') return null;
      throw error;
    }
  },
  staleTime: Infinity,
  retry: false,
});

function remember(me: Me): Me {
  shell.csrfToken = me.csrfToken;
  return me;
}

export const givePassword = (login: string, password: string): Promise<Static<typeof Challenge>> =>
  change('/session', { body: { login, password } });

export const giveCode = async (challenge: string, code: string): Promise<Me> =>
  remember(await change<Me>('/session/second-factor', { body: { challenge, code } }));

/** @param code of the link that `npm start` prints */
export const enterDemo = async (code: string, login: string): Promise<Me> =>
  remember(await change<Me>('/session/demo', { body: { code, login } }));

export const prove = (password: string, code: string): Promise<void> =>
  change('/session/proof', { body: { password, code } });

/** The people of the demo have nothing to prove themselves with. */
export const proveInDemo = (): Promise<void> => change('/session/demo/proof', { body: {} });

export const beginSetup = (body: SetupBody): Promise<Static<typeof SetupBegun>> => change('/setup', { body });

export const endSetup = (body: ConfirmBody): Promise<Static<typeof RecoveryCodes>> =>
  change('/setup/confirm', { body });

export function may(me: Me, permissions: readonly Permission[] | undefined): boolean {
  return permissions === undefined || permissions.some((each) => me.permissions.includes(each));
}

/** Their names are the demo's own (people/demo.ts); what they may is the gateway's to say. */
export function isDemoPerson(login: string): boolean {
  return login === 'demo-maker' || login === 'demo-checker';
}
