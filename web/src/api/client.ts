import { preferences } from '../app/preferences.ts';
import { ApiProblem, type Problem } from './problem.ts';

/** The one way to the API. It bears the session's cookie by itself; changes bear the CSRF token, and an Idempotency-Key so that what
 *  is sent twice is done once. */

const BASE = '/api/v1';
/** A request that was not answered so long is given up. */
const PATIENCE_MS = 20_000;
/** The same of one that carries a file, over a slow line. */
const FILE_PATIENCE_MS = 180_000;

export interface Read<Body> {
  readonly body: Body;
  /** What a change of it rests on: If-Match. */
  readonly etag: string | undefined;
}

export interface Change {
  readonly body?: object | undefined;
  /** Sent as it is, instead of a body. */
  readonly file?: Blob | undefined;
  readonly etag?: string | undefined;
  /** Names the act: the same again does nothing. Default: one of its own. */
  readonly key?: string | undefined;
  readonly method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
}

/** What the shell knows and this does not: the token of the session, and how a person proves themselves once more. */
interface Shell {
  csrfToken: string | undefined;
  /** Resolves when both factors were proved; rejects when the person would not. */
  prove: () => Promise<void>;
  /** The session has ended. */
  ended: () => void;
}

export const shell: Shell = {
  csrfToken: undefined,
  prove: () => Promise.reject(new Error('nobody can prove themselves here')),
  ended: () => undefined,
};

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export function pathOf(path: string, query: Query = {}): string {
  const wanted = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return wanted.length === 0 ? BASE + path : `${BASE}${path}?${new URLSearchParams(wanted).toString()}`;
}

/** @throws ApiProblem */
export async function read<Body>(path: string, query?: Query, signal?: AbortSignal): Promise<Read<Body>> {
  const answer = await ask(pathOf(path, query), { signal: signal ?? null });
  return { body: (await answer.json()) as Body, etag: answer.headers.get('etag') ?? undefined };
}

/** Does something; where it wants a fresh proof, the person is asked for it, and the act goes on.
 *  @throws ApiProblem */
export async function change<Body>(
  path: string,
  { body, file, etag, key, method = 'POST' }: Change = {},
): Promise<Body> {
  const act = key ?? crypto.randomUUID();
  const send = (): Promise<Response> =>
    ask(pathOf(path), {
      method,
      headers: {
        'idempotency-key': act,
        ...(shell.csrfToken === undefined ? {} : { 'x-csrf-token': shell.csrfToken }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(file === undefined ? {} : { 'content-type': 'application/octet-stream' }),
        ...(etag === undefined ? {} : { 'if-match': etag }),
      },
      body: file ?? (body === undefined ? null : JSON.stringify(body)),
      ...(file === undefined ? {} : { signal: AbortSignal.timeout(FILE_PATIENCE_MS) }),
    });
  const answer = await send().catch(async (error: unknown) => {
    if (!(error instanceof ApiProblem) || error.problem.code !== 'people.proof') throw error;
    await shell.prove();
    return send();
  });
  return (answer.status === 204 ? undefined : await answer.json()) as Body;
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, {
    ...init,
    credentials: 'same-origin',
    redirect: 'error',
    signal: init.signal == null ? AbortSignal.timeout(PATIENCE_MS) : init.signal,
    headers: {
      accept: 'application/json',
      'accept-language': preferences.now().language,
      ...(init.headers as Readonly<Record<string, string>> | undefined),
    },
  }).catch((cause: unknown) => {
    throw cause instanceof DOMException && cause.name === 'AbortError' ? cause : noAnswer();
  });
  if (answer.ok) return answer;
  const problem = await problemOf(answer);
  if (problem.code === 'sign-in.none') shell.ended();
  const wait = Number(answer.headers.get('retry-after') ?? Number.NaN);
  throw new ApiProblem(problem, {
    retryAfterS: Number.isNaN(wait) ? undefined : wait,
    etag: answer.headers.get('etag') ?? undefined,
  });
}

async function problemOf(answer: Response): Promise<Problem> {
  if (!(answer.headers.get('content-type') ?? '').startsWith('application/problem+json')) return noAnswer().problem;
  return (await answer.json()) as Problem;
}

function noAnswer(): ApiProblem {
  const fa = preferences.now().language === 'fa';
  return new ApiProblem({
    type: 'about:blank',
    code: 'console.no-answer',
    title: fa ? 'درگاه پاسخ نداد' : 'The gateway did not answer',
    status: 0,
    detail: fa
      ? 'ارتباط با درگاه قطع است یا درگاه خاموش است. کمی بعد دوباره تلاش کنید؛ کاری که فرستاده‌اید دو بار انجام نمی‌شود.'
      : 'The line to the gateway is cut, or it is down. Try again in a moment; what you sent is not done twice.',
    instance: '',
  });
}
