import { createHash, timingSafeEqual } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Random } from '../ops/random.ts';
import { cookieOf, setCookie } from './cookies.ts';

/** Forms of pages: `application/x-www-form-urlencoded`, bounded, and only from a page of ours. */

/** What was typed, by field: as it came, not trimmed. A field that is not there is the empty text. */
export class Form {
  readonly #fields: ReadonlyMap<string, string>;

  constructor(fields: ReadonlyMap<string, string>) {
    this.#fields = fields;
  }

  get(name: string): string {
    return this.#fields.get(name) ?? '';
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  names(): readonly string[] {
    return [...this.#fields.keys()];
  }
}

const COOKIE = '__Host-form';
/** The field of a form, and the header of a script, that shows that it comes from a page of ours. */
export const CSRF_FIELD = 'csrf';
const CSRF_HEADER = 'x-csrf';
const MAX_BODY_BYTES = 32_768;
const MAX_FIELDS = 100;
const MAX_NAME = 64;

/** Reads bodies of forms into a `Form`.
 *  @param formMs how long a body may take: whoever lets it trickle is told so, and cut off */
export function readForms(server: FastifyInstance, clock: Pick<Clock, 'after' | 'cancel'>, formMs: number): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/x-www-form-urlencoded', async (_request: FastifyRequest, body: Readable) =>
    formOf((await received(body, clock, formMs)).toString()),
  );
}

/** @throws with `statusCode` 408 or 413 */
function received(body: Readable, clock: Pick<Clock, 'after' | 'cancel'>, formMs: number): Promise<Buffer> {
  return new Promise((done, fail) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const refuse = (statusCode: number, message: string): void => {
      body.pause();
      fail(Object.assign(new Error(message), { statusCode }));
    };
    const late = clock.after(formMs, () => {
      refuse(408, 'The form did not come to its end in time.');
    });
    const over = (): void => {
      clock.cancel(late);
    };
    body.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) return;
      over();
      refuse(413, 'The form is too large.');
    });
    body.once('end', () => {
      over();
      done(Buffer.concat(chunks));
    });
    body.once('close', over);
    body.once('error', (cause) => {
      over();
      fail(Object.assign(new Error('The form did not come to its end.', { cause }), { statusCode: 400 }));
    });
  });
}

/** @throws GatewayError `public.form` for what no form of ours sends */
export function formOf(body: string): Form {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (fields.size >= MAX_FIELDS || name.length > MAX_NAME || fields.has(name))
      throw new GatewayError('public.form', 'The form has too many fields, or one of them twice.');
    // U+FFFD: bytes that are no UTF-8
    if (value.includes('\u0000') || value.includes('\ufffd'))
      throw new GatewayError('public.form', `Field ${JSON.stringify(name)} holds bytes that are no text.`);
    fields.set(name, value);
  }
  return new Form(fields);
}

/** @returns what a page of ours sent
 *  @throws GatewayError `public.csrf`, `public.form` */
export function demandForm(request: FastifyRequest): Form {
  const { body } = request;
  if (!(body instanceof Form)) throw new GatewayError('public.form', 'Send the form of the page.');
  demandOwnPage(request, body.get(CSRF_FIELD));
  return body;
}

/** Refuses what another site made a browser send.
 *  @param token from the form's field, or else from the header of a script of ours
 *  @throws GatewayError `public.csrf` */
export function demandOwnPage(request: FastifyRequest, token = headerOf(request, CSRF_HEADER)): void {
  const secret = cookieOf(request, COOKIE);
  if (isForeign(request) || secret === undefined || !same(token, tokenOf(secret)))
    throw new GatewayError('public.csrf', 'The form does not come from a page of this browser: open the page again.');
}

/** What browsers say by themselves of where a request comes from: old ones say the origin only. */
function isForeign(request: FastifyRequest): boolean {
  const site = headerOf(request, 'sec-fetch-site');
  if (site !== '') return site !== 'same-origin' && site !== 'none';
  const origin = headerOf(request, 'origin');
  return origin !== '' && origin !== `https://${request.host}` && origin !== `http://${request.host}`;
}

/** The token of this browser; a browser that has none yet gets one with the answer. */
export function csrfOf(request: FastifyRequest, reply: FastifyReply, random: Pick<Random, 'bytes'>): string {
  const known = cookieOf(request, COOKIE) ?? made.get(request);
  if (known !== undefined && /^[\w-]{22}$/.test(known)) return tokenOf(known);
  const secret = random.bytes(16).toString('base64url');
  made.set(request, secret);
  setCookie(reply, COOKIE, secret);
  return tokenOf(secret);
}

/** Two forms of one page have one token. */
const made = new WeakMap<FastifyRequest, string>();

function tokenOf(secret: string): string {
  return createHash('sha256').update(`form ${secret}`).digest('base64url');
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function headerOf(request: FastifyRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}
