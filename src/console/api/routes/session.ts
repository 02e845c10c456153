import type { FastifyInstance, FastifyReply } from 'fastify';
import {
  beginSetup,
  checkPassword,
  checkSecondFactor,
  demandOutcome,
  endSetup,
  enterDemo,
  findPerson,
  proveAgain,
  proveInDemo,
  signOut,
  whoHas,
  type People,
  type Signed,
} from '../../../people/index.ts';
import { csrfTokenOf, demandSameSite, noCookie, sessionCookie, type Caller } from '../access.ts';
import type { Api } from '../api.ts';
import {
  Challenge,
  CodeBody,
  ConfirmBody,
  DemoBody,
  Me,
  NoBody,
  PasswordBody,
  ProofBody,
  RecoveryCodes,
  SetupBegun,
  SetupBody,
} from '../schemas.ts';

/** Signing in and out, setting up, and who one is. */
export function sessionRoutes(server: FastifyInstance, api: Api): void {
  openRoutes(server, api);
  signedInRoutes(server, api);
  demoRoutes(server, api);
}

/** Of the demo alone (decision 78): elsewhere they refuse everybody. */
function demoRoutes(server: FastifyInstance, api: Api): void {
  server.post<{ Body: DemoBody }>(
    '/session/demo',
    {
      config: { open: true },
      schema: {
        summary: 'Sign in as a person of the demo, with its link',
        tags: ['session'],
        body: DemoBody,
        response: { 201: Me },
      },
    },
    async (request, reply) => {
      demandSameSite(request);
      const people = api.people();
      const { code, login } = request.body;
      api.demandDemo(request, code);
      const { token } = demandOutcome(await enterDemo(people, login, placeOf(request)));
      return openSession(people, token, reply);
    },
  );
  server.post(
    '/session/demo/proof',
    {
      schema: {
        summary: 'A person of the demo proves themselves again, which they have nothing for',
        tags: ['session'],
        body: NoBody,
        response: { 204: NOTHING },
      },
    },
    async (request, reply) => {
      demandOutcome(await proveInDemo(api.people(), api.callerOf(request).signed, placeOf(request)));
      return reply.code(204).send();
    },
  );
}

/** Gives a browser its session. */
async function openSession(people: People, token: string, reply: FastifyReply): Promise<FastifyReply> {
  const now = people.clock.now();
  const signed = await whoHas(people.pool, token, now);
  if (signed === undefined) throw new Error('a session that was opened just now is not there');
  void reply.header('set-cookie', sessionCookie(token, signed.expiresAt - now));
  return reply.code(201).send(await meOf(people, { signed, csrfToken: csrfTokenOf(token) }));
}

function openRoutes(server: FastifyInstance, api: Api): void {
  const open = (summary: string, body: object, status: number, answer: object) => ({
    config: { open: true },
    schema: { summary, tags: ['session'], body, response: { [status]: answer } },
  });
  server.post<{ Body: PasswordBody }>(
    '/session',
    open('Sign in: the password', PasswordBody, 200, Challenge),
    async (request) => {
      demandSameSite(request);
      const step = demandOutcome(await checkPassword(api.people(), request.body, placeOf(request)));
      return { next: 'second-factor', challenge: step.challenge };
    },
  );
  server.post<{ Body: CodeBody }>(
    '/session/second-factor',
    open('Sign in: the code; sets the cookie of the session', CodeBody, 201, Me),
    async (request, reply) => {
      demandSameSite(request);
      const people = api.people();
      const how = { ...request.body, kind: 'session' } as const;
      const { token } = demandOutcome(await checkSecondFactor(people, how, placeOf(request)));
      return openSession(people, token, reply);
    },
  );
  server.post<{ Body: SetupBody }>(
    '/setup',
    open('Set up, with the code of an invitation: the secret of an authenticator app', SetupBody, 200, SetupBegun),
    async (request) => {
      demandSameSite(request);
      const { otpauth } = demandOutcome(await beginSetup(api.people(), request.body, placeOf(request)));
      return { otpauth };
    },
  );
  server.post<{ Body: ConfirmBody }>(
    '/setup/confirm',
    open(
      'Set up: the password, and the first code of the app. Gives recovery codes, once',
      ConfirmBody,
      201,
      RecoveryCodes,
    ),
    async (request, reply) => {
      demandSameSite(request);
      const { recoveryCodes } = demandOutcome(await endSetup(api.people(), request.body, placeOf(request)));
      return reply.code(201).send({ recoveryCodes });
    },
  );
}

function signedInRoutes(server: FastifyInstance, api: Api): void {
  const signedIn = (summary: string, schema: object = {}) => ({ schema: { summary, tags: ['session'], ...schema } });
  server.get('/me', signedIn('Who I am, and what I may do', { response: { 200: Me } }), (request) =>
    meOf(api.people(), api.callerOf(request)),
  );
  server.post<{ Body: ProofBody }>(
    '/session/proof',
    signedIn('Prove both factors again, for an act that needs it', { body: ProofBody, response: { 204: NOTHING } }),
    async (request, reply) => {
      const { signed } = api.callerOf(request);
      demandOutcome(await proveAgain(api.people(), signed, request.body, placeOf(request)));
      return reply.code(204).send();
    },
  );
  server.delete('/session', signedIn('Sign out', { response: { 204: NOTHING } }), async (request, reply) => {
    await signOut(api.people().pool, api.callerOf(request).signed, placeOf(request));
    void reply.header('set-cookie', noCookie());
    // not the storage: there is nothing in it but how a person likes to read
    void reply.header('clear-site-data', '"cache"');
    return reply.code(204).send();
  });
}

const NOTHING = { type: 'null', description: 'Done' };

interface Asked {
  readonly id: string;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

function placeOf({ id, socket }: Asked): { address: string | undefined; requestId: string } {
  return { address: socket.remoteAddress ?? '?', requestId: id };
}

async function meOf(people: People, { signed, csrfToken }: Caller): Promise<object> {
  return {
    person: await findPerson(people.pool, signed.actor.id),
    permissions: signed.permissions,
    signedInBy: signed.kind,
    ...provedAtOf(signed),
    expiresAt: new Date(signed.expiresAt).toISOString(),
    ...(csrfToken === undefined ? {} : { csrfToken }),
  };
}

function provedAtOf({ provedAt }: Signed): object {
  return provedAt === undefined ? {} : { provedAt: new Date(provedAt).toISOString() };
}
