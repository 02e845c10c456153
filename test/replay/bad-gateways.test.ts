import { afterEach, describe, expect, test } from '@jest/globals';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jsonLine, parseJsonl, readCapture } from '../../src/capture/index.ts';
import { compile, encodeFrame, FrameDecoder, loadSpec } from '../../src/codec/index.ts';
import { junitXml, replay, replayFile, type Target } from '../../src/replay/index.ts';

const library = fileURLToPath(new URL('../captures/purchase-ordinary.jsonl', import.meta.url));
const FRAMING = { header: 'binary2' } as const;
const codec = compile(loadSpec('kalabarg-pos'));

let server: Server;
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** A gateway of another kind: told of each message, with its number on the connection. */
async function gateway(onMessage: (body: Buffer, number: number, socket: Socket) => void): Promise<Target> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const frames = new FrameDecoder(FRAMING);
    let number = 0;
    socket.on('data', (chunk: Buffer) => {
      for (const { body } of frames.push(chunk)) onMessage(body, ++number, socket);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { host: '127.0.0.1', port: (server.address() as { port: number }).port, data: undefined };
}

/** The answers of the capture, one after the other, whatever is asked, under the STAN that was asked. */
function recorded(): (request: Buffer) => Buffer {
  const answers = readCapture(library).frames.filter(
    ({ from, dialect }) => from === 'gateway' && dialect === 'kalabarg-pos',
  );
  let next = 0;
  return (request) => {
    const answer = codec.decode(answers[next++]!.body);
    return encodeFrame(answer.with({ 11: codec.decode(request).get(11)! }).encode(), FRAMING);
  };
}

describe('a gateway', () => {
  test('that never answers ends the replay, and does not hang it', async () => {
    const to = await gateway(() => undefined);
    await expect(replayFile(library, { to, timeoutMs: 100 })).rejects.toThrow('Terminal 10000001 gets no keys');
  });

  test('that closes midway is a difference of the request it closed on, not a hang until the timeout', async () => {
    const answer = recorded();
    const to = await gateway((body, number, socket) => {
      if (number === 3) socket.destroy();
      else socket.write(answer(body));
    });
    const { played } = await replayFile(library, { to, timeoutMs: 50_000 });
    expect(played.at(-1)!.differences).toEqual([expect.objectContaining({ path: 'answer', actual: undefined })]);
  });
});

describe('a capture', () => {
  test.each([
    ['of no messages', '\n'],
    [
      'of the bank alone',
      readCapture(library)
        .frames.filter(({ dialect }) => dialect === 'bank-switch')
        .map(jsonLine)
        .join(''),
    ],
  ])('%s cannot be played: that is no success', async (_, text) => {
    const to = await gateway(() => undefined);
    const file = join(mkdtempSync(join(tmpdir(), 'kalabarg-replay-')), 'empty.jsonl');
    writeFileSync(file, text);
    await expect(replayFile(file, { to })).rejects.toThrow('holds no request of a terminal');
  });

  test('takes another message type by update, and says what it cannot take', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'kalabarg-replay-')), 'day.jsonl');
    copyFileSync(library, file);
    const answer = recorded();
    const to = await gateway((body, number, socket) => {
      const frame = answer(body);
      if (number === 3) frame[3] = 0x30; // 0210 → 0230; its MAC is wrong by then
      socket.write(frame);
    });
    await expect(replay(file, { to, update: true })).rejects.toThrow(/no capture can take this:\n[^]*#3 .*\n {4}mac +/);
    const answers = parseJsonl(readFileSync(file, 'utf8'), file).filter(({ from }) => from === 'gateway');
    expect(codec.decode(answers.at(-1)!.body).mti).toBe('0230');
  });

  test('that is no JSONL is not written over by an update', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'kalabarg-replay-')), 'day.hex');
    const { frames } = readCapture(library);
    const own = frames.filter(({ dialect }) => dialect === 'kalabarg-pos');
    const text = own.map(({ body }) => `${body.toString('hex')}\n`).join('');
    writeFileSync(file, text);
    const to = await gateway((_, __, socket) => socket.destroy());
    await expect(replay(file, { to, update: true, rewrite: [] })).rejects.toThrow(/is not JSONL|gets no keys/);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

test('JUnit XML holds no character that XML cannot', () => {
  const difference = {
    path: '48.13',
    name: 'Text <for> "screens"',
    expected: 'a\u0000\u001b[31m&',
    actual: '\uffff\u0085',
  };
  const request = readCapture(library).frames[0]!;
  const played = { number: 1, title: '0200 \u0007', connection: 'a"b', request, differences: [difference] };
  const nothing = { recordedMessage: undefined, sent: undefined, answer: undefined, recordedMs: 1, tookMs: 1 };
  const result = { file: 'day\u0001.jsonl', played: [{ ...played, ...nothing }], different: 1, notes: [], tookMs: 1 };
  const xml = junitXml([result]);
  expect(xml).not.toMatch(/(?![\n])\p{Cc}|\uffff/u);
  expect(xml).toContain('name="1 0200 ?"');
  expect(xml).toContain('a??[31m&amp;');
});
