import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { Random } from '../ops/random.ts';
import type { Form } from './forms.ts';
import type { Html } from './html.ts';
import type { Language } from './language.ts';
import type { Page } from './layout.ts';
import type { Owner } from '../owners/index.ts';

/** What the pages of the public door stand on. A page module is `xRoutes(server, door)` in pages/. */
export interface Door {
  readonly clock: Pick<Clock, 'now' | 'monotonic'> & Partial<Pick<Clock, 'soon'>>;
  readonly random: Random;
  readonly log: Log;

  pool(): Pool;
  languageOf(request: FastifyRequest): Language;
  /** Who is signed in. */
  ownerOf(request: FastifyRequest): Promise<Owner | undefined>;
  /** Who is signed in; undefined: nobody, and the reply sends them to sign in and back here. */
  demandOwner(request: FastifyRequest, reply: FastifyReply): Promise<Owner | undefined>;
  /** Sends a page: nobody keeps it. */
  render(reply: FastifyReply, page: Page): Promise<FastifyReply>;
  /** Goes on to a path of this door with GET, so that reloading sends nothing twice. */
  redirect(reply: FastifyReply, path: string): FastifyReply;
  /** The hidden field that every form of method post has. */
  csrfField(reply: FastifyReply): Html;
  /** The same token for a script, which sends it as header `x-csrf`. */
  csrfToken(reply: FastifyReply): string;
  /** What a form of ours sent.
   *  @throws GatewayError `public.form`, `public.csrf` */
  form(request: FastifyRequest): Form;
  /** Refuses a request of a script that did not come from a page of ours.
   *  @throws GatewayError `public.csrf` */
  demandOwnPage(request: FastifyRequest): void;
  /** The path of a file of assets/. */
  asset(name: string): string;
}
