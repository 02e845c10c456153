import type { Static } from 'typebox';
import type {
  InvitedPerson,
  NewPersonBody,
  Person as PersonSchema,
  PersonPatch,
} from '../../../src/console/api/schemas.ts';
import { change } from './client.ts';

export type Person = Static<typeof PersonSchema>;
/** With the code of the invitation, which is shown once. */
export type Invited = Static<typeof InvitedPerson>;

interface Sent {
  readonly etag?: string | undefined;
  readonly key: string;
}

/** What a change of a person rests on. */
export const etagOf = ({ version }: Person): string => `"${version}"`;

export const addPerson = (body: NewPersonBody, sent: Sent): Promise<Invited> => change('/people', { body, ...sent });
export const changePerson = (id: string, body: PersonPatch, sent: Sent): Promise<Person> =>
  change(`/people/${id}`, { method: 'PATCH', body, ...sent });
export const resetPerson = (id: string, reason: string, sent: Sent): Promise<Invited> =>
  change(`/people/${id}/reset`, { body: { reason }, ...sent });
