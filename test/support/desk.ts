import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from './system.ts';

/** People at work over /api/v1, each by the token of their login. */
export interface Desk {
  /** @throws Error with what the API said */
  api(login: string, method: string, path: string, body?: object, version?: string): Promise<Answer>;
  /** A change of a case as it stands now: read again where a registry has answered meanwhile, as a person does. */
  change(login: string, path: string, body: object): Promise<void>;
  /** The items of a case, once nothing of it is being asked any more. */
  checked(id: string): Promise<DeskItem[]>;
  /** What checks could not say, a reviewer accepts, but for what is left out. */
  accept(login: string, id: string, but?: readonly string[]): Promise<void>;
  /** What a paper shows. */
  paper(login: string, id: string, paper: string): Promise<{ media: string | null; bytes: Buffer }>;
}

export interface Answer {
  readonly body: Readonly<Record<string, unknown>>;
  readonly etag: string;
}

export interface DeskItem {
  readonly code: string;
  readonly state: string;
  readonly reason: string | null;
}

export function desk(system: Pick<System, 'httpPort'>, tokens: Readonly<Record<string, string>>): Desk {
  const url = (path: string): string => `http://127.0.0.1:${system.httpPort}/api/v1${path}`;
  const bearer = (login: string): string => `Bearer ${tokens[login] ?? ''}`;
  const api: Desk['api'] = async (login, method, path, body, version) => {
    const answer = await fetch(url(path), {
      method,
      headers: {
        authorization: bearer(login),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(version === undefined ? {} : { 'if-match': version }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const read = (await answer.json()) as Record<string, unknown>;
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(read)}`);
    return { body: read, etag: answer.headers.get('etag') ?? '' };
  };
  const change: Desk['change'] = async (login, path, body) => {
    for (let tries = 1; ; tries++) {
      const { etag } = await api(login, 'GET', path.replace(/^(\/cases\/\d+).*/, '$1'));
      try {
        await api(login, 'POST', path, body, etag);
        return;
      } catch (error) {
        if (tries === 5 || !String(error).includes('"code":"api.stale"')) throw error;
      }
    }
  };
  const checked: Desk['checked'] = (id) => {
    let stands: unknown;
    return until(
      async () => {
        const { items } = (await api('sara', 'GET', `/cases/${id}`)).body as { items: DeskItem[] };
        stands = items;
        return items.some(({ state }) => state === 'submitted' || state === 'verifying') ? undefined : items;
      },
      () => stands,
    );
  };
  return {
    api,
    change,
    checked,
    async accept(login, id, but = []) {
      for (const { code, state } of await checked(id))
        if (!['met', 'waived', 'not_required'].includes(state) && !but.includes(code))
          await change(login, `/cases/${id}/items/${code}/judgement`, { event: 'accept' });
    },
    async paper(login, id, paper) {
      const answer = await fetch(url(`/cases/${id}/papers/${paper}`), { headers: { authorization: bearer(login) } });
      return { media: answer.headers.get('content-type'), bytes: Buffer.from(await answer.arrayBuffer()) };
    },
  };
}

const LOOKS = 240;

/** Looks again for a minute.
 *  @param said what stands instead, when it does not come */
export async function until<T>(look: () => Promise<T | undefined>, said = (): unknown => ''): Promise<T> {
  for (let i = 0; i < LOOKS; i++) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(250);
  }
  throw new Error(`it did not come: ${JSON.stringify(said())}`);
}
