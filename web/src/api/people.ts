import { queryOptions } from '@tanstack/react-query';
import type { Static } from 'typebox';
import type {
  InvitedPerson,
  NewPersonBody,
  PersonName,
  Person as PersonSchema,
  PersonPatch,
} from '../../../src/console/api/schemas.ts';
import { change, read } from './client.ts';

export type Person = Static<typeof PersonSchema>;
/** With the code of the invitation, which is shown once. */
export type Invited = Static<typeof InvitedPerson>;

interface Sent {
  readonly etag?: string | undefined;
  readonly key: string;
}

/** What a change of a person rests on. */
export const etagOf = ({ version }: Person): string => `"${version}"`;

/** Of a colleague: it changes about never. */
export const personNameQuery = (id: string) =>
  queryOptions({
    queryKey: ['/people', id, 'name'],
    queryFn: async () => (await read<Static<typeof PersonName>>(`/people/${encodeURIComponent(id)}/name`)).body,
    staleTime: 300_000,
    retry: false,
  });

export const addPerson = (body: NewPersonBody, sent: Sent): Promise<Invited> => change('/people', { body, ...sent });
export const changePerson = (id: string, body: PersonPatch, sent: Sent): Promise<Person> =>
  change(`/people/${id}`, { method: 'PATCH', body, ...sent });
export const resetPerson = (id: string, reason: string, sent: Sent): Promise<Invited> =>
  change(`/people/${id}/reset`, { body: { reason }, ...sent });
