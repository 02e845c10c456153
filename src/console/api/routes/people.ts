import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../../../ops/errors.ts';
import {
  addPerson,
  changePerson,
  findPerson,
  listPersons,
  resetPerson,
  type Person as PersonOfStore,
  type Role,
} from '../../../people/index.ts';
import { answerRead, cursorAfter, idAfter, versionSeen, type Changed } from '../change.ts';
import type { Api } from '../api.ts';
import {
  IdParams,
  InvitedPerson,
  NewPersonBody,
  PageQuery,
  Person,
  PersonName,
  PersonPage,
  PersonPatch,
  ReasonBody,
} from '../schemas.ts';

/** The people who act: an admin's. Their names are everybody's who works here. */
export function peopleRoutes(server: FastifyInstance, api: Api): void {
  readRoutes(server, api);
  nameRoute(server, api);
  const changing = (summary: string, schema: object, status = 200) => ({
    config: { permission: 'people:change' as const },
    schema: { summary, tags: ['people'], ...schema, response: { [status]: status === 201 ? InvitedPerson : Person } },
  });
  server.post<{ Body: NewPersonBody }>(
    '/people',
    changing('Add a person: gives the set-up code, once', { body: NewPersonBody }, 201),
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => {
        const { roles, ...body } = request.body;
        const { person, setupCode } = await addPerson(db, { ...body, roles: roles as Role[] }, by, now);
        return { status: 201, body: person, once: { setupCode }, version: person.version };
      }),
  );
  server.patch<{ Params: IdParams; Body: PersonPatch }>(
    '/people/:id',
    changing('Change names, roles, or whether a person may sign in', { params: IdParams, body: PersonPatch }),
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by }): Promise<Changed> => {
        const { nameFa, nameEn, roles, state } = request.body;
        const wanted = { nameFa, nameEn, roles, state } as Parameters<typeof changePerson>[2];
        const person = await changePerson(db, request.params.id, wanted, by, versionSeen(request));
        return { status: 200, body: person, version: person.version };
      }),
  );
  server.post<{ Params: IdParams; Body: ReasonBody }>(
    '/people/:id/reset',
    {
      ...changing('Take password, second factor, sessions and tokens away: gives a new set-up code, once', {}),
      schema: {
        summary: 'Take password, second factor, sessions and tokens away: gives a new set-up code, once',
        tags: ['people'],
        params: IdParams,
        body: ReasonBody,
        response: { 200: InvitedPerson },
      },
    },
    (request, reply) =>
      api.change(request, reply, request.body.reason, async ({ db, by, now }): Promise<Changed> => {
        const { person, setupCode } = await resetPerson(db, request.params.id, by, now, versionSeen(request));
        return { status: 200, body: person, once: { setupCode }, version: person.version };
      }),
  );
}

function readRoutes(server: FastifyInstance, api: Api): void {
  const config = { permission: 'people:read' as const };
  server.get<{ Querystring: PageQuery }>(
    '/people',
    { config, schema: { summary: 'The people who act', tags: ['people'], querystring: PageQuery, response: { 200: PersonPage } } }, // prettier-ignore
    async ({ query: { cursor, limit } }) => {
      const found = await listPersons(api.people().pool, idAfter(cursor), limit + 1);
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? cursorAfter(items.at(-1)?.id ?? '0') : null };
    },
  );
  server.get<{ Params: IdParams }>(
    '/people/:id',
    { config, schema: { summary: 'A person', tags: ['people'], params: IdParams, response: { 200: Person } } },
    async (request, reply) => {
      const person = await demandPerson(api, request.params.id);
      return answerRead(request, reply, person, person.version);
    },
  );
}

function nameRoute(server: FastifyInstance, api: Api): void {
  server.get<{ Params: IdParams }>(
    '/people/:id/name',
    { schema: { summary: 'The name of a colleague', tags: ['session'], params: IdParams, response: { 200: PersonName } } },
    async ({ params }) => {
      const { id, login, nameFa, nameEn, state } = await demandPerson(api, params.id);
      return { id, login, nameFa, nameEn, active: state !== 'disabled' };
    },
  ); // prettier-ignore
}

/** @throws GatewayError `people.unknown` */
async function demandPerson(api: Api, id: string): Promise<PersonOfStore> {
  const person = await findPerson(api.people().pool, id);
  if (person === undefined) throw new GatewayError('people.unknown', `There is no person ${id}.`);
  return person;
}
