import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { at, openCall, type Call, type CallDescription } from '../../src/ops/call/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { httpService, type HttpService } from '../support/http-service.ts';

let service: HttpService;
let folder: string;
const open: Call[] = [];
beforeAll(async () => {
  service = await httpService();
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-call-'));
});
beforeEach(() => {
  service.asked.length = 0;
});
afterAll(async () => {
  for (const call of open) call.close();
  await service.close();
  rmSync(folder, { recursive: true });
});

const DEFAULTS = { method: 'POST', timeoutMs: 2_000, maxBytes: 4_096 } as const;
function call(description: Partial<CallDescription>): Call {
  const opened = openCall({ ...DEFAULTS, url: service.url, ...description }, 'test', ['id', 'name'], systemClock);
  open.push(opened);
  return opened;
}
const values = { id: '0010350829', name: 'x' };
const answering =
  (work: (response: ServerResponse) => void): HttpService['answer'] =>
  (_request, response) => {
    work(response);
  };

describe('what is asked', () => {
  test('values are filled into address, headers and body, and stay values', async () => {
    const secretFile = join(folder, 'secret');
    writeFileSync(secretFile, 'hush\n');
    service.answer = answering((response) => response.end('{"ok":true}'));
    const ask = call({
      url: `${service.url}/people/{id}?n={name}`,
      headers: { authorization: 'Bearer {secret}' },
      json: { person: { id: '{id}', says: 'I am {name}' }, list: ['{id}', 7] },
      secretFile,
    });
    const name = '","admin":true,"x":"/../&a=b ی';
    expect(await ask({ id: '1', name })).toEqual({ kind: 'answer', status: 200, json: { ok: true } });
    const [asked] = service.asked;
    expect(asked).toMatchObject({ method: 'POST', path: `/people/1?n=${encodeURIComponent(name)}` });
    expect(asked?.headers).toMatchObject({ authorization: 'Bearer hush', 'content-type': 'application/json' });
    expect(JSON.parse(asked?.body ?? '')).toEqual({ person: { id: '1', says: `I am ${name}` }, list: ['1', 7] });
    writeFileSync(secretFile, 'another\n'); // replaced while it runs
    await ask({ id: '1', name: '' });
    expect(service.asked[1]?.headers['authorization']).toBe('Bearer another');
  });
  test('a form is encoded', async () => {
    service.answer = answering((response) => response.end('{}'));
    await call({ form: { to: '{id}', text: '{name}&x=1' } })({ id: '0912', name: 'ا ب' });
    expect(Object.fromEntries(new URLSearchParams(service.asked[0]?.body))).toEqual({ to: '0912', text: 'ا ب&x=1' });
  });
  test('a line break in a value does not become a header', async () => {
    const answer = await call({ headers: { 'x-id': '{id}' } })({ id: '1\r\nx-evil: 1', name: '' });
    expect(answer.kind).toBe('none');
    expect(service.asked).toEqual([]);
  });
});

describe('what is no answer', () => {
  const elsewhere: string[] = [];
  const cases: [string, (response: ServerResponse) => void, RegExp][] = [
    [
      'a way to elsewhere',
      (response) => {
        elsewhere.push('x');
        response.writeHead(302, { location: `${service.url}/stolen` }).end();
      },
      /302/,
    ],
    [
      'fifty megabytes',
      (response) => {
        const part = Buffer.alloc(65_536, 'x');
        const more = (): void => {
          for (let sent = 0; !response.destroyed && sent < 16; sent++) if (!response.write(part)) break;
          if (!response.destroyed) setTimeout(more, 1);
        };
        more();
      },
      /more than 4096 bytes/,
    ],
    [
      'one that is announced as huge',
      (response) => response.writeHead(200, { 'content-length': 5e7 }).write('x'.repeat(5_000)),
      /bytes/,
    ],
    [
      'a bomb',
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1e7))),
      /compressed/,
    ],
    [
      'one byte after another',
      (response) => {
        const drip = setInterval(() => response.write(' '), 50);
        response.on('close', () => {
          clearInterval(drip);
        });
      },
      /no whole answer within 300 ms/,
    ],
    ['silence', () => undefined, /no whole answer/],
    [
      'half an answer',
      (response) => response.writeHead(200, { 'content-length': 100 }).write('{"a"', () => response.destroy()),
      /./,
    ],
    ['the end of the connection', (response) => response.destroy(), /./],
  ];
  test.each(cases)('%s', async (_what, work, why) => {
    service.answer = answering(work);
    const ask = call({ timeoutMs: 300 });
    const answer = await ask(values);
    expect(answer).toMatchObject({ kind: 'none', why: expect.stringMatching(why) as unknown });
    await wait(20);
    expect(service.asked.map(({ path }) => path)).toEqual(['/']); // nobody followed
  });
  test('nobody there', async () => {
    const gone = await httpService();
    await gone.close();
    expect(await call({ url: gone.url })(values)).toMatchObject({ kind: 'none' });
  });
  test.each(['', 'not json', '{"a":', '<html>'])('%j is an answer without a word in it', async (text) => {
    service.answer = answering((response) => response.end(text));
    expect(await call({})(values)).toEqual({ kind: 'answer', status: 200, json: undefined });
  });
});

test('a place in an answer is looked up in what it says, never in what JavaScript adds', () => {
  const json: unknown = JSON.parse('{"a":{"b/c":[1,{"d":"x"}]},"__proto__":{"y":1}}');
  expect(at(json, '/a/b~1c/1/d')).toBe('x');
  expect(at(json, '')).toBe(json);
  for (const pointer of ['/constructor', '/a/toString', '/a/b~1c/length/x', '/none/there'])
    expect(at(json, pointer)).toBeUndefined();
  expect(at(undefined, '/a')).toBeUndefined();
});

test.each([
  [{ url: 'http://registry.example/' }, /over https/],
  [{ url: 'https://user:word@registry.example/' }, /secretFile/],
  [{ url: 'https://{id}.example/' }, /host/],
  [{ url: 'https://[x/' }, /no address/],
  [{ json: '{nobody}' }, /no \{nobody\}/],
  [{ headers: { a: '{secret}' } }, /needs secretFile/],
  [{ method: 'GET', json: {} }, /no body/],
  [{ json: {}, form: {} }, /two bodies/],
  [{ certFile: '/x' }, /come together/],
  [{ secretFile: '/nowhere/secret' }, /cannot be read/],
  [{ caFile: '/nowhere/ca' }, /cannot be read/],
])('%j is refused at the start', (description, why) => {
  expect(() => call(description as Partial<CallDescription>)).toThrow(why);
});
