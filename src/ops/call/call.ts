import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Clock } from '../clock.ts';
import { GatewayError, fileFault, messageOf } from '../errors.ts';
import type { CallDescription } from './description.ts';
import { fill, placesIn } from './fill.ts';

/** What became of a request. No redirect is followed: an answer comes from the address that was configured, or not at all. */
export type CallAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly json: unknown }
  | { readonly kind: 'none'; readonly why: string };

export interface Call {
  /** @param values of the places, by name
   *  @returns never rejects: a service that is out, or talks rubbish, is an answer too */
  (values: Readonly<Record<string, string>>): Promise<CallAnswer>;
  close(): void;
}

const AT_ONCE = 8;
const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);

/** @param about what it is in messages: `registries.sheba in /data/registries.yaml`
 *  @param names of the values that there are
 *  @throws GatewayError `settings.file` */
export function openCall(description: CallDescription, about: string, names: readonly string[], clock: Clock): Call {
  const fault = faultOf(description, names);
  if (fault !== undefined) throw new GatewayError('settings.file', `${about}: ${fault}`);
  const secure = description.url.startsWith('https:');
  const pem = (file: string | undefined): Buffer | undefined => (file === undefined ? undefined : readPem(file, about));
  const tls = { ca: pem(description.caFile), cert: pem(description.certFile), key: pem(description.keyFile) };
  if (description.secretFile !== undefined) secretIn(readPem(description.secretFile, about));
  const agent = secure
    ? new https.Agent({ keepAlive: true, maxSockets: AT_ONCE, minVersion: 'TLSv1.2', ...present(tls) })
    : new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const call = async (values: Readonly<Record<string, string>>): Promise<CallAnswer> => {
    try {
      const secret = description.secretFile === undefined ? '' : secretIn(await readFile(description.secretFile));
      return await ask(description, { ...values, secret }, agent, clock);
    } catch (error) {
      return { kind: 'none', why: messageOf(error).slice(0, 200) };
    }
  };
  return Object.assign(call, {
    close: () => {
      agent.destroy();
    },
  });
}

function faultOf(description: CallDescription, names: readonly string[]): string | undefined {
  const { url, headers, json, form, secretFile, certFile, keyFile, method } = description;
  if (json !== undefined && form !== undefined) return 'json and form are two bodies; keep one.';
  if (method === 'GET' && (json !== undefined || form !== undefined)) return 'a GET has no body.';
  const known = [...names, ...(secretFile === undefined ? [] : ['secret'])];
  const unknown = placesIn([url, headers, json, form]).find((name) => !known.includes(name));
  if (unknown === 'secret') return '{secret} needs secretFile.';
  if (unknown !== undefined) return `there is no {${unknown}} here; there are ${known.join(', ')}.`;
  if (placesIn(/^https?:\/\/[^/?#]*/.exec(url)?.[0]).length > 0) return 'the host of the url cannot be filled in.';
  if (!URL.canParse(url)) return `${url} is no address.`;
  const { protocol, hostname, username } = new URL(url);
  if (username !== '') return 'keep the password out of the url: use secretFile.';
  if (protocol === 'http:' && !LOCAL.has(hostname)) return 'what leaves this machine goes over https.';
  return (certFile === undefined) === (keyFile === undefined) ? undefined : 'certFile and keyFile come together.';
}

function readPem(file: string, about: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new GatewayError('settings.file', `${about}: ${fileFault(file, 'read', cause)}`, { cause });
  }
}

/** @throws GatewayError `settings.file` where it is empty, or not one line */
function secretIn(content: Buffer): string {
  const secret = content.toString().trim();
  if (secret !== '' && !/[\r\n]/.test(secret)) return secret;
  throw new GatewayError('settings.file', 'secretFile must hold one line, not empty.');
}

function present<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function ask(
  { url, method, headers = {}, json, form, timeoutMs, maxBytes }: CallDescription,
  values: Readonly<Record<string, string>>,
  agent: http.Agent,
  clock: Clock,
): Promise<CallAnswer> {
  const body = bodyOf(json, form, values);
  const address = new URL(fill(url, values, encodeURIComponent) as string);
  const sent = fill(headers, values) as Record<string, string>;
  return exchange({ address, method, headers: sent, body, timeoutMs, maxBytes }, agent, clock);
}

/** One request, as it leaves. */
export interface Exchange {
  readonly address: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly type: string; readonly text: string } | undefined;
  /** For the whole answer. */
  readonly timeoutMs: number;
  /** Of the answer. */
  readonly maxBytes: number;
}

/** Sends a request and reads its answer, within bounds of time and size; no redirect is followed.
 *  @throws what kept the request from leaving, or its answer from coming */
export function exchange(
  { address, method, headers: sent, body, timeoutMs, maxBytes }: Exchange,
  agent: http.Agent,
  clock: Clock,
): Promise<CallAnswer> {
  const { request } = address.protocol === 'https:' ? https : http;
  return new Promise((done, fail) => {
    const asking = request(address, {
      method,
      agent,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        ...(body === undefined ? {} : { 'content-type': body.type, 'content-length': Buffer.byteLength(body.text) }),
        ...sent,
      },
    });
    // For all of it: a service that drips its answer is one that does not answer.
    const late = clock.after(timeoutMs, () => {
      asking.destroy(new Error(`no whole answer within ${timeoutMs} ms`));
    });
    const end = (answer: CallAnswer): void => {
      clock.cancel(late);
      done(answer);
    };
    asking.on('error', (error) => {
      clock.cancel(late);
      fail(error);
    });
    asking.on('response', (response) => {
      receive(response, maxBytes, end, (why) => {
        end({ kind: 'none', why });
        asking.destroy();
      });
    });
    asking.end(body?.text);
  });
}

function bodyOf(
  json: unknown,
  form: Readonly<Record<string, string>> | undefined,
  values: Readonly<Record<string, string>>,
): { type: string; text: string } | undefined {
  if (json !== undefined) return { type: 'application/json', text: JSON.stringify(fill(json, values)) };
  if (form === undefined) return undefined;
  const fields = fill(form, values) as Record<string, string>;
  return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(fields).toString() };
}

function receive(
  response: IncomingMessage,
  maxBytes: number,
  end: (answer: CallAnswer) => void,
  refuse: (why: string) => void,
): void {
  const status = response.statusCode ?? 0;
  if (status >= 300 && status < 400) {
    refuse(`it answers ${status}, a way to elsewhere, which is not followed`);
    return;
  }
  if (!['', 'identity'].includes(response.headers['content-encoding'] ?? '')) {
    refuse('its answer is compressed, which was not asked for');
    return;
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  response.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > maxBytes) refuse(`its answer has more than ${maxBytes} bytes`);
    else parts.push(part);
  });
  response.on('error', (error) => {
    refuse(messageOf(error));
  });
  response.on('end', () => {
    if (!response.complete) return; // the error said so
    end({ kind: 'answer', status, json: jsonOf(Buffer.concat(parts)) });
  });
}

/** @returns undefined: it is no JSON */
function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined; // the caller looks for a word in it, and finds none
  }
}
