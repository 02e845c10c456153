import { afterEach, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, encodeFrame, FrameDecoder, loadSpec } from '../../../src/codec/index.ts';
import { encryptPinBlock } from '../../../src/hsm/index.ts';
import type { Link } from '../../../src/net/link/index.ts';
import { ensureCertificates } from '../../../src/demo/machine/certificates.ts';
import { terminalCertificate } from '../../../src/demo/files.ts';
import { demoPan } from '../../../src/demo/programme.ts';
import { startBankSimulator } from '../../../src/simulators/bank/index.ts';
import { hsmWithZmk, linkTo, openBench, purchase, until } from './support/bench.ts';
import { openProxy } from './support/proxy.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});
function keep<Part extends { close(): Promise<void> }>(part: Part): Part {
  open.push(part);
  return part;
}
const codec = compile(loadSpec('bank-switch'));
const rcOf = async (link: Link, household = 7): Promise<string | undefined> => {
  const answer = await link.send(purchase(household));
  return answer.kind === 'answer' ? answer.message.get(39) : answer.kind;
};

test('the load is spread over endpoints and connections', async () => {
  const banks = [keep(await startBankSimulator({ port: 0 })), keep(await startBankSimulator({ port: 0 }))];
  const { link } = await linkTo(
    banks.map(({ port }) => port),
    { connectionsPerEndpoint: 2 },
  );
  keep(link);
  await until(() => link.state().every(({ ready }) => ready === 2));
  await Promise.all(Array.from({ length: 100 }, (_, i) => link.send(purchase(i + 1))));
  expect(banks.map(({ journal }) => journal.length).every((count) => count >= 40)).toBe(true);
});

test('when an endpoint fails, the other takes over, and no request is sent twice', async () => {
  const banks = [keep(await startBankSimulator({ port: 0 })), keep(await startBankSimulator({ port: 0 }))];
  const { link } = await linkTo(
    banks.map(({ port }) => port),
    { window: 8 },
  );
  keep(link);
  await until(() => link.state().every(({ ready }) => ready === 1));
  const answers = Array.from({ length: 300 }, (_, i) =>
    link.send(purchase((i % 900) + 1, 1_000, { deadlineAt: Date.now() + 60_000 })),
  );
  await until(() => (banks[0]?.journal.length ?? 0) > 30);
  banks[0]?.dropConnections();
  const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
  const stans = banks.flatMap(({ journal }) => journal.map(({ stan }) => stan));
  expect(new Set(stans).size).toBe(stans.length);
  expect(kinds.filter((kind) => kind === 'answer').length).toBeGreaterThanOrEqual(300 - 8);
  expect(kinds.every((kind) => kind === 'answer' || kind === 'lost')).toBe(true);
});

test('a link comes back after the bank was away', async () => {
  const bank = await startBankSimulator({ port: 0 });
  const { link } = await linkTo([bank.port]);
  keep(link);
  await until(() => link.ready());
  await bank.close();
  await until(() => !link.ready());
  keep(await startBankSimulator({ port: bank.port }));
  await until(() => link.ready());
  expect(await rcOf(link)).toBe('00');
});

test('a dead line is found by its echo, and replaced', async () => {
  const bank = keep(await startBankSimulator({ port: 0 }));
  const line = keep(await openProxy(bank.port));
  const { link, events } = await linkTo([line.port], { echoMs: 20, timeoutMs: 100 });
  keep(link);
  await until(() => link.ready());
  line.freeze(true);
  await until(() => events.some(({ kind }) => kind === 'disconnected'));
  line.freeze(false);
  await until(() => link.ready());
  expect(await rcOf(link)).toBe('00');
});

test('the breaker opens on requests that are not answered, and closes on one that is', async () => {
  const bench = keep(await openBench({ echoMs: 20, breaker: { failures: 3, openMs: 60, trials: 1 } }));
  const { bank, link } = bench;
  await until(() => link.ready());
  bank.faults.replace([{ fault: 'silence', times: 3 }]);
  const soon = (): number => Date.now() + 30;
  await Promise.all([1, 2, 3].map((household) => link.send(purchase(household, 1, { deadlineAt: soon() }))));
  expect(link.state()[0]?.breaker).toBe('open');
  expect(await rcOf(link)).toBe('unsent');
  await until(() => link.ready());
  expect(await rcOf(link)).toBe('00');
  expect(link.state()[0]?.breaker).toBe('closed');
});

test('a bank that dies under many requests is used again as soon as it is back', async () => {
  const bench = keep(await openBench({ echoMs: 60_000, breaker: { failures: 3, openMs: 60_000, trials: 1 } }));
  await until(() => bench.link.ready());
  bench.bank.faults.replace([{ fault: 'silence' }]);
  const lost = Array.from({ length: 10 }, () =>
    bench.link.send(purchase(7, 1_000, { deadlineAt: Date.now() + 30_000 })),
  );
  await until(() => bench.bank.journal.length === 10);
  bench.bank.dropConnections();
  expect((await Promise.all(lost)).map(({ kind }) => kind)).toEqual(Array<string>(10).fill('lost'));
  bench.bank.faults.replace([]);
  await until(() => bench.link.ready());
  expect(bench.link.state()[0]?.breaker).toBe('closed');
  expect((await bench.link.send(purchase(7))).kind).toBe('answer');
});

test('new session keys are taken on a living link, while requests with PINs are at work', async () => {
  const { hsm, zmk } = await hsmWithZmk();
  const tpk = await hsm.formKey({ usage: 'P0', algorithm: 'TDES', bits: 128 }, [
    Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex'),
    Buffer.alloc(16),
  ]);
  const { link } = keep(await openBench({ hsm, zmk, echoMs: 10, rekeyMs: 15 }));
  await until(() => link.ready());
  const pan = demoPan(9);
  const block = encryptPinBlock(Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex'), 'TDES', 0, '1234', pan);
  for (let i = 0; i < 40; i++) {
    const answer = await link.send(
      purchase(9, 1_000, {
        fields: { 22: '051' },
        pin: async (zpk) => ({
          52: (await hsm.translatePin({ block, pan, from: tpk, fromFormat: 0, to: zpk, toFormat: 0 }))
            .toString('hex')
            .toUpperCase(),
        }),
      }),
    );
    expect(answer.kind === 'answer' && answer.message.get(39)).toBe('00');
    await new Promise((done) => setTimeout(done, 3));
  }
});

test('closing signs off', async () => {
  const bank = keep(await startBankSimulator({ port: 0 }));
  const line = keep(await openProxy(bank.port));
  const { link } = await linkTo([line.port]);
  await until(() => link.ready());
  await link.close();
  expect(line.sent.map((body) => codec.decode(body).get(70))).toEqual(['001', '101', '002']);
});

test('a bank may connect to us instead', async () => {
  const { link } = await linkTo([], { listen: { host: '127.0.0.1', port: 0 } });
  keep(link);
  await link.listening;
  const bank = keep(await startBankSimulator({ port: 0, dial: { host: '127.0.0.1', port: link.port ?? 0 } }));
  await until(() => link.ready());
  expect(await rcOf(link)).toBe('00');
  expect(bank.journal.length).toBe(1);
});

test('TLS with a certificate on both sides works, and a stranger is not trusted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-link-'));
  const pki = await ensureCertificates(folder, ['gateway'], Date.now());
  const pem = (file: string): string => readFileSync(file, 'utf8');
  const ca = pem(pki.ca);
  const own = terminalCertificate(folder, 'gateway');
  const bank = keep(
    await startBankSimulator({ port: 0, tls: { ca, cert: pem(pki.server.cert), key: pem(pki.server.key) } }),
  );
  const tls = { ca, cert: pem(own.cert), key: pem(own.key) };
  const trusted = await linkTo([], { endpoints: [{ host: '127.0.0.1', port: bank.port, tls }] });
  const stranger = await linkTo([], { endpoints: [{ host: '127.0.0.1', port: bank.port, tls: { ca } }] });
  keep(trusted.link);
  keep(stranger.link);
  await until(() => trusted.link.ready());
  expect(await rcOf(trusted.link)).toBe('00');
  expect(stranger.link.ready()).toBe(false);
  rmSync(folder, { recursive: true });
});

test('answers nobody asked for are not answered, and a network request is answered once', async () => {
  const received: string[] = [];
  const server = createServer((socket) => {
    const frames = new FrameDecoder({ header: 'binary2', maxBytes: 4_096 });
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const { body } of frames.push(chunk)) received.push(codec.decode(body).mti);
    });
    const say = (mti: string, code: string): void => {
      const body = codec.encode({
        mti,
        fields: { 7: '1123090000', 11: '000009', 39: mti[2] === '1' ? '00' : undefined, 70: code },
      });
      socket.write(encodeFrame(body, { header: 'binary2' }));
    };
    for (const mti of ['0810', '0830', '0810']) say(mti, '301');
    say('0820', '301');
    say('0800', '999');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { link, events } = await linkTo([(server.address() as AddressInfo).port], { timeoutMs: 100 });
  await until(() => events.some(({ kind }) => kind === 'disconnected'));
  expect(received.slice(0, 3)).toEqual(['0800', '0830', '0810']);
  expect(events.filter(({ kind }) => kind === 'unmatched').length).toBeGreaterThanOrEqual(2);
  await link.close(0);
  await new Promise((done) => server.close(done));
});
