import type { Static } from 'typebox';
import type { MadeToken as MadeTokenSchema, TokenPage } from '../../../src/console/api/schemas.ts';
import { change } from './client.ts';
import type { Sent } from './settlement.ts';

export type Token = Static<typeof TokenPage>['items'][number];
/** The token itself is in the first answer alone. */
export type MadeToken = Static<typeof MadeTokenSchema>;

export const makeToken = (body: object, sent: Sent): Promise<MadeToken> => change('/tokens', { body, ...sent });
export const removeToken = (id: string, key: string): Promise<void> =>
  change(`/tokens/${id}`, { method: 'DELETE', key });
