import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { IServerAdapter } from '@bull-board/api/typings/app';
import type { FastifyInstance } from 'fastify';

/** Bull Board on fastify. Its own adapter brings a file server and a template engine for one page; this has neither, and serves nothing
 *  that comes from elsewhere. */

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
};
/** Fonts of a foreign host. */
const FOREIGN = /\s*<link[^>]*href="https?:[^>]*>/g;
const SLOT = /<%[-=]\s*(\w+)\s*%>/g;

type Given<Name extends keyof IServerAdapter> = Parameters<IServerAdapter[Name]>[0];

export class BoardAdapter implements IServerAdapter {
  readonly #basePath: string;
  #queues: Given<'setQueues'> = new Map();
  #views = '';
  #statics = '';
  #entry: Given<'setEntryRoute'> | undefined;
  #api: Given<'setApiRoutes'> = [];
  #onError: Given<'setErrorHandler'> = () => ({ status: 500, body: {} });
  #config: Given<'setUIConfig'> = {};

  /** @param basePath below which it stands, without a slash at its end */
  constructor(basePath: string) {
    this.#basePath = basePath;
  }

  setQueues(queues: Given<'setQueues'>): this {
    this.#queues = queues;
    return this;
  }

  setViewsPath(path: string): this {
    this.#views = path;
    return this;
  }

  setStaticPath(_route: string, path: string): this {
    this.#statics = path;
    return this;
  }

  setEntryRoute(route: Given<'setEntryRoute'>): this {
    this.#entry = route;
    return this;
  }

  setErrorHandler(handler: Given<'setErrorHandler'>): this {
    this.#onError = handler;
    return this;
  }

  setApiRoutes(routes: Given<'setApiRoutes'>): this {
    this.#api = routes;
    return this;
  }

  setUIConfig(config: Given<'setUIConfig'>): this {
    this.#config = config;
    return this;
  }

  /** @param server whose routes begin at the base path */
  register(server: FastifyInstance): void {
    this.#registerPage(server);
    this.#registerFiles(server);
    for (const each of this.#api)
      for (const url of [each.route].flat())
        server.route({
          method: [each.method].flat().map((method) => method.toUpperCase()),
          url,
          handler: async (request, reply) => {
            const asked = {
              queues: this.#queues,
              uiConfig: this.#config,
              params: request.params as Record<string, string>,
              query: request.query as Record<string, string>,
              body: (request.body ?? {}) as Record<string, unknown>,
              headers: request.headers as Record<string, string>,
            };
            try {
              const { status = 200, body } = await each.handler(asked);
              return await reply.code(status).send(body);
            } catch (error) {
              const { status = 500, body } = this.#onError(error as Error);
              return reply.code(status).send(body);
            }
          },
        });
  }

  #registerPage(server: FastifyInstance): void {
    const entry = this.#entry;
    if (entry === undefined) return;
    const { route } = entry;
    for (const url of [route].flat())
      server.get(url, (_request, reply) => {
        const { name, params } = entry.handler({ basePath: this.#basePath, uiConfig: this.#config });
        const template = readFileSync(join(this.#views, name), 'utf8').replace(FOREIGN, '');
        const filled = params as Readonly<Record<string, string | undefined>>;
        const html = template.replace(SLOT, (_, slot: string) => filled[slot] ?? '');
        return reply.type('text/html; charset=utf-8').send(html);
      });
  }

  #registerFiles(server: FastifyInstance): void {
    const known = new Set(
      readdirSync(this.#statics, { recursive: true }).map((name) => String(name).replaceAll('\\', '/')),
    );
    server.get<{ Params: { '*': string } }>('/static/*', async (request, reply) => {
      const path = request.params['*'];
      const type = TYPES[extname(path)];
      if (type === undefined || !known.has(path)) {
        reply.callNotFound();
        return reply;
      }
      return reply.type(type).send(await readFile(join(this.#statics, path)));
    });
  }
}
