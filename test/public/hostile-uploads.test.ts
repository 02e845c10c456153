import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { pino } from 'pino';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { softwareHsm } from '../../src/hsm/index.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { openPool } from '../../src/ops/database.ts';
import { systemRandom } from '../../src/ops/random.ts';
import { bringPaperKey, openPapers, type Papers } from '../../src/papers/index.ts';
import * as files from '../papers/files.ts';
import { signIn, testDoor } from '../support/door.ts';
import { doorPool, gatewayLogin, temporaryPostgres } from '../support/postgres.ts';
import { Visitor } from '../support/visitor.ts';

/** Lines that trickle, uploads that never end, and more of them than there are places, on the wire of the public door. */
const PROGRAM = new URL('../../dist/papers/child.js', import.meta.url);
/** Short, so that nobody waits here: what is told apart is who is cut off, not when. */
const TIMES = { headMs: 400, formMs: 600, requestMs: 1_500 };
const MIB = 1_048_576;

let server: EmbeddedPostgres;
let pool: pg.Pool;
let papers: Papers;
let door: FastifyInstance;
let asDoor: pg.Pool;
let port: number;
let data: string;
let now = 0;
/** Uploads that came as far as to ask for a place. */
let entered = 0;
const sockets: Socket[] = [];

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'kalabarg-uploads-'));
  server = await temporaryPostgres();
  pool = openPool(await gatewayLogin(server.url), 6);
  pool.on('error', () => undefined); // the server stops before its last connection is closed
  const hsm = softwareHsm({ lmk: Buffer.alloc(32, 7) });
  await bringPaperKey(pool, hsm);
  await hsm.close();
  const clock = { ...systemClock, monotonic: () => now };
  const log = pino({ level: 'silent' });
  const limits = { atOnce: 6 };
  papers = openPapers({ pool, dataDir: data, clock, random: systemRandom, log, program: PROGRAM, limits });
  asDoor = await doorPool(server.url);
  const counted: Papers = {
    ...papers,
    take: (body, who) => {
      entered++;
      return papers.take(body, who);
    },
  };
  door = testDoor(asDoor, systemClock, { papers: counted, limits: { ...TIMES, perAddress: 40 } });
  await door.listen({ host: '127.0.0.1', port: 0 });
  port = (door.server.address() as AddressInfo).port;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  papers.close();
  await door.close();
  await asDoor.end();
  await pool.end();
  await server.stop();
  rmSync(data, { recursive: true, force: true });
});

/** A connection, and what came over it until it was closed. */
interface Line {
  readonly socket: Socket;
  readonly answer: Promise<string>;
}

function dial(text: string | Buffer = '', localAddress = '127.0.0.1'): Line {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.write(text);
  sockets.push(socket);
  let came = '';
  socket.on('data', (chunk: Buffer) => (came += chunk.toString()));
  socket.on('error', () => undefined);
  const answer = new Promise<string>((done) => {
    socket.once('close', () => {
      done(came);
    });
  });
  return { socket, answer };
}

const statusOf = (answer: string): string => /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'none';
/** Writes a little, again and again, until the connection is closed. */
function trickle({ socket }: Line, drop = 'a'): void {
  const timer = setInterval(() => socket.write(drop), 50);
  socket.once('close', () => {
    clearInterval(timer);
  });
}

describe('a line that trickles is cut off, and told why where it can be', () => {
  test('in its head', async () => {
    const line = dial('GET / HTTP/1.1\r\nHost: a\r\nX: ');
    trickle(line);
    expect(statusOf(await line.answer)).toBe('408');
  });

  test.each([
    ['of a length that never comes', 'Content-Length: 20000\r\n\r\nmobile=', 'a'],
    ['in chunks without an end', 'Transfer-Encoding: chunked\r\n\r\n7\r\nmobile=\r\n', '1\r\na\r\n'],
  ])('in the body of a form, %s', async (_, rest, drop) => {
    const line = dial(
      `POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n${rest}`,
    );
    trickle(line, drop);
    const answer = await line.answer;
    expect(statusOf(answer)).toBe('408');
    expect(answer).toContain('فرم به پایان نرسید');
  });

  test('in a form that is longer than any of ours', async () => {
    const line = dial(`POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n`); // prettier-ignore
    for (let n = 0; n < 40; n++) line.socket.write(`400\r\n${'a'.repeat(1_024)}\r\n`);
    expect(statusOf(await line.answer)).toBe('413');
  });

  test('one address alone does not take every connection', async () => {
    const lines = Array.from({ length: 60 }, () => dial());
    const closed = Promise.all(lines.slice(40).map(({ answer }) => answer));
    expect(await closed).toHaveLength(20);
    const other = dial('GET /goods HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', '127.0.0.2');
    expect(statusOf(await other.answer)).toBe('200');
    for (const { socket } of lines) socket.destroy();
    await Promise.all(lines.map(({ answer }) => answer));
    expect((await fetch(`http://127.0.0.1:${port}/goods`)).status).toBe(200);
  });
});

interface Person {
  readonly path: string;
  readonly headers: string;
}
let people = 0;

/** Somebody with an application of their own. */
async function person(): Promise<Person> {
  const n = ++people;
  const visitor = new Visitor(door, `192.0.2.${n}`);
  await signIn(visitor, pool, `0912555${String(n).padStart(4, '0')}`);
  await visitor.get('/apply/new');
  const begun = await visitor.submit('/apply/new', { name: 'فروشگاه', guild: 'dairy' });
  const number = /\d{9}/.exec(String(begun.headers.location))?.[0] ?? '';
  await visitor.get(`/apply/${number}/owner_identity`);
  const csrf = /data-csrf="([^"]+)"/.exec(visitor.last?.body ?? '')?.[1] ?? '';
  return {
    path: `/apply/${number}/papers/owner_identity/other`,
    headers: `Host: a\r\nCookie: ${visitor.cookies()}\r\nX-CSRF: ${csrf}\r\nContent-Type: image/jpeg\r\n`,
  };
}
const head = ({ path, headers }: Person, more: string): string => `POST ${path} HTTP/1.1\r\n${headers}${more}\r\n\r\n`;
/** @returns the status, and what is said */
async function send(who: Person, bytes: Buffer): Promise<[string, string]> {
  const line = dial(Buffer.concat([Buffer.from(head(who, `Content-Length: ${bytes.length}\r\nConnection: close`)), bytes])); // prettier-ignore
  const answer = await line.answer;
  return [statusOf(answer), (/"detail":"([^"]*)"/.exec(answer) ?? [])[1] ?? ''];
}
const parts = (): string[] => readdirSync(join(data, 'papers', '.part'));
/** Uploads that say a megabyte and send a hundred bytes. @returns when each has its place */
async function stalled(...people: Person[]): Promise<Line[]> {
  const wanted = entered + people.length;
  const lines = people.map((who) =>
    dial(Buffer.concat([Buffer.from(head(who, `Content-Length: ${MIB}`)), Buffer.alloc(100, 0xff)])),
  );
  while (entered < wanted) await new Promise((done) => setTimeout(done, 5));
  return lines;
}

describe('uploads', () => {
  test('one that stalls is cut off, and leaves nothing', async () => {
    const who = await person();
    const [line] = await stalled(who);
    expect(statusOf((await line?.answer) ?? '')).toMatch(/408|400/);
    expect(await send(who, await files.photo(300, 300))).toEqual(['201', '']);
    expect(parts()).toEqual([]);
  });

  test.each([
    ['one that never ends', 'Transfer-Encoding: chunked'],
    ['one that says a smaller length than it has', undefined],
  ])('%s is cut at ten mebibytes, with the reason', async (_, encoding) => {
    const who = await person();
    const line = dial(head(who, encoding ?? `Content-Length: ${11 * MIB}`));
    const chunk = Buffer.alloc(65_536, 0xff);
    const framed = encoding === undefined ? chunk : Buffer.concat([Buffer.from('10000\r\n'), chunk, Buffer.from('\r\n')]); // prettier-ignore
    for (let n = 0; n < 400 && !line.socket.destroyed; n++)
      if (!line.socket.write(framed)) await Promise.race([new Promise((done) => line.socket.once('drain', done)), line.answer]); // prettier-ignore
    const answer = await line.answer;
    // whoever still sends when the connection is closed may not read the answer any more
    expect(['422', 'none']).toContain(statusOf(answer));
    if (answer !== '') expect(answer).toContain('۱۰ مگابایت');
    expect(await send(who, await files.photo(300, 301))).toEqual(['201', '']);
  });

  test('of ten of one person at once two are taken, the rest are told to send them again', async () => {
    const who = await person();
    const photos = await Promise.all(Array.from({ length: 10 }, (_, n) => files.photo(310 + n, 300)));
    const answers = await Promise.all(photos.map((photo) => send(who, photo)));
    const of = (status: string) => answers.filter(([each]) => each === status);
    expect(of('201').length).toBeGreaterThanOrEqual(2);
    expect(of('201').length + of('503').length).toBe(10);
    for (const [, said] of of('503')) expect(said).toBe('سامانه همین حالا مدرک‌های زیادی می‌گیرد. یک دقیقهٔ دیگر دوباره بفرستید.'); // prettier-ignore
    expect(await send(who, await files.photo(350, 300))).toEqual(['201', '']);
  });

  test('when every place is taken by lines that trickle, the slowest give way to whoever comes', async () => {
    const slow = await Promise.all([person(), person(), person()]);
    const other = await person();
    const photo = await files.photo(360, 300);
    const lines = await stalled(...slow, ...slow);
    expect((await send(other, photo))[0]).toBe('503'); // they have only just begun
    now += 10_001;
    expect(await send(other, photo)).toEqual(['201', '']);
    const first = await Promise.race(lines.map(({ answer }) => answer));
    expect([statusOf(first), first.includes('دوباره بفرستید')]).toEqual(['503', true]);
    // the same person, whose line went dead, sends it again
    expect(await send(slow[0], await files.photo(361, 300))).toEqual(['201', '']);
    for (const { socket } of lines) socket.destroy();
    await Promise.all(lines.map(({ answer }) => answer));
  });

  test.each([
    ['a PNG of 200 megapixels', () => files.pngBomb(20_000, 10_000), '۵۰ مگاپیکسل'],
    ['a JPEG of 200 megapixels', () => files.hugeJpeg(16_000, 12_500), '۵۰ مگاپیکسل'],
  ])('%s is refused from its head', async (_, make, words) => {
    const [status, said] = await send(await person(), make());
    expect([status, said.includes(words)]).toEqual(['422', true]);
    expect(parts()).toEqual([]);
  });
});
