import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, defineSpec, encodeFrame, loadSpec, type Spec } from '../../src/codec/index.ts';
import { masked } from '../../src/codec/describe/mask.ts';
import { luaDissector, protocolName } from '../../src/spec-tools/dissector/index.ts';
import { kalabarg } from '../support/command.ts';
import { corpusFrames } from './corpus.ts';
import { dissect, tsharkIsHere, type Dissected, type Stream } from './tshark.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-dissector-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const withTshark = tsharkIsHere ? test : test.skip;

const PORT = 21_000;
const dialects = [...new Set(corpusFrames.map((frame) => frame.dialect_id))];
const specs = new Map(
  dialects.map((name): [string, Spec] => [
    name,
    loadSpec(new URL(`../conformance/specs/${name}.json`, import.meta.url).pathname),
  ]),
);
const scripts = [...specs.values()].map((spec, index) =>
  luaDissector(spec, { port: PORT + index, header: 'binary2', lengthIncludesHeader: false, tpdu: false }),
);
const framed = (body: Buffer): Buffer => encodeFrame(body, { header: 'binary2' });
const streams = dialects.map((name, index): Stream => ({
  port: PORT + index,
  segments: corpusFrames.filter((frame) => frame.dialect_id === name).map(({ hex }) => framed(Buffer.from(hex, 'hex'))),
}));
const inOrder = dialects.flatMap((name) => corpusFrames.filter((frame) => frame.dialect_id === name));

/** Top-level values of a packet, by element. */
function valuesOf(packet: Dissected | undefined, spec: Spec): Record<string, string> {
  const prefix = `${protocolName(spec)}.de`;
  return Object.fromEntries(
    [...(packet ?? [])].flatMap(([name, values]): [string, string][] =>
      name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length))
        ? [[name.slice(prefix.length), values.join()]]
        : [],
    ),
  );
}

withTshark(
  'tshark decodes the whole corpus to the same values',
  () => {
    const reveal = [...specs.values()].map((spec) => `${protocolName(spec)}.show_secrets:TRUE`);
    const packets = dissect(folder, scripts, streams, reveal);
    expect(packets).toHaveLength(inOrder.length);
    for (const [index, { id, dialect_id, mti, fields }] of inOrder.entries()) {
      const spec = specs.get(dialect_id)!;
      const packet = packets[index];
      expect({
        id,
        mti: packet?.get(`${protocolName(spec)}.mti`)?.[0],
        fault: packet?.get(`${protocolName(spec)}.fault`),
        fields: valuesOf(packet, spec),
      }).toEqual({ id, mti, fault: undefined, fields });
    }
  },
  60_000,
);

withTshark(
  'cards, tracks, PINs and keys are masked unless they are asked for',
  () => {
    const packets = dissect(folder, scripts, streams);
    let hidden = 0;
    for (const [index, { id, dialect_id, fields }] of inOrder.entries()) {
      const spec = specs.get(dialect_id)!;
      const shown = valuesOf(packets[index], spec);
      for (const [de, value] of Object.entries(fields)) {
        const { secret, content } = spec.fields[Number(de)]!;
        if (content !== undefined) continue;
        const expected = masked(value, secret);
        if (expected !== value) hidden++;
        expect([id, de, shown[de]]).toEqual([id, de, expected]);
      }
    }
    expect(hidden).toBeGreaterThan(200);
  },
  60_000,
);

const pos = loadSpec('kalabarg-pos');
const codec = compile(pos);
const purchase = codec.encode({
  mti: '0200',
  fields: {
    2: '6037991234567893',
    3: '179800',
    4: '000012500000',
    11: '000123',
    43: 'فروشگاه رفاه'.padEnd(12).concat(' '.repeat(40 - Buffer.byteLength('فروشگاه رفاه'))),
    48: [
      ['01', 'basket'],
      ['77', 'new'],
      ['20', '00112233445566778899AABBCCDDEEFF'],
    ] as never,
    55: '5A086037991234567893' + '9F0206000012500000' + '700A5F340101DF8129020102',
  },
});

withTshark(
  'subfields and tags are shown by name, over segments, behind a TPDU',
  () => {
    const options = { port: PORT, header: 'ascii4', lengthIncludesHeader: true, tpdu: true } as const;
    const frame = encodeFrame(
      purchase,
      { header: 'ascii4', lengthIncludesHeader: true, tpdu: true },
      Buffer.from('6000110022', 'hex'),
    );
    const both = Buffer.concat([frame, frame]);
    const segments = [both.subarray(0, 3), both.subarray(3, 90), both.subarray(90)];
    const packets = dissect(folder, [luaDissector(pos, options)], [{ port: PORT, segments }]);
    const last = packets.at(-1)!;
    const value = (name: string): readonly string[] | undefined => last.get(`iso8583_kalabarg_pos.${name}`);
    expect(value('mti')).toEqual(['0200', '0200']);
    expect(value('tpdu')).toEqual(['6000110022', '6000110022']);
    expect(value('de2')?.[0]).toBe('603799******7893');
    expect(value('de43')?.[0]?.trimEnd()).toBe('فروشگاه رفاه');
    expect(value('de48.01')?.[0]).toBe('basket');
    expect(value('de48.other')?.[0]).toBe('77: new');
    expect(value('de48.20')?.[0]).toBe('*'.repeat(16));
    expect(value('de48')?.[0]).toBe('(below)');
    expect(value('de55.9F02')?.[0]).toBe('000012500000');
    expect(value('de55.5A')?.[0]).toBe('603799******7893');
    expect(value('de55.other')?.[0]).toBe('70');
    expect(value('de55.5F34')?.[0]).toBe('01');
    expect(JSON.stringify([...last])).not.toContain('6037991234567893');
  },
  60_000,
);

withTshark(
  'damaged messages are said to be damaged, and where',
  () => {
    const options = { port: PORT, header: 'none', lengthIncludesHeader: false, tpdu: false } as const;
    const cut = Array.from({ length: purchase.length - 1 }, (_, length) => purchase.subarray(0, length + 1));
    const flipped = Array.from(purchase, (byte, at) => {
      const bytes = Buffer.from(purchase);
      bytes[at] = byte ^ 0xff;
      return bytes;
    });
    const alone = [...cut, ...flipped].map((segment, index): Stream => ({
      port: PORT,
      segments: index < 0 ? [] : [segment],
    }));
    const packets = dissect(folder, [luaDissector(pos, options)], alone);
    expect(packets).toHaveLength(alone.length);
    const faults = packets.map((packet) => packet.get('iso8583_kalabarg_pos.fault')?.[0]);
    for (const fault of faults.slice(0, cut.length)) expect(fault).toMatch(/^\S+ at \d+: /);
    for (const fault of faults) if (fault !== undefined) expect(fault).not.toMatch(/\.lua:|attempt to/);
    expect(faults[cut.length - 1]).toMatch(/^55 at \d+: needs \d+ bytes, \d+ are left$/);
  },
  60_000,
);

withTshark('tshark reads bitmaps that are always there, lengths in half bytes and bytes in EBCDIC', () => {
  const spec = defineSpec<Record<string, unknown>>({
    name: 'odd',
    extends: 'iso87-ascii',
    bitmap: { secondary: 'always' },
    fields: {
      44: {
        name: 'Halves',
        format: 'b..49',
        encoding: 'binary',
        prefix: { encoding: 'bcd', bytes: 1, counts: 'nibbles' },
      },
      48: { name: 'Translated', format: 'b...999', encoding: 'ebcdic' },
    },
  });
  const codec = compile(spec);
  const fields = { 11: '000123', 44: '0102', 48: '52303037' };
  const frame = codec.encode({ mti: '0800', fields });
  const shorter = Buffer.from(frame);
  shorter[4] = (shorter[4] ?? 0) & 0x7f;
  const script = luaDissector(spec, { port: PORT, header: 'binary2', lengthIncludesHeader: false, tpdu: false });
  const packets = dissect(folder, [script], [{ port: PORT, segments: [framed(frame), framed(shorter)] }], []);
  expect(valuesOf(packets[0], spec)).toEqual(fields);
  expect(packets[0]?.get(`${protocolName(spec)}.fault`)).toBeUndefined();
  expect(packets[1]?.get(`${protocolName(spec)}.fault`)?.join()).toContain('always has the secondary bitmap');
});

test('text of a dialect stays text in Lua', () => {
  const hostile = { ...pos, name: 'x"]] os.execute("id") --', title: '\n]]\\"' };
  const text = luaDissector(hostile, { header: 'binary2', lengthIncludesHeader: false, tpdu: false });
  expect(text).not.toContain('os.execute(');
  expect(text.split('\n')[2]).toMatch(/^local SPEC = \{ .* \}$/);
});

test('kalabarg spec export wireshark writes a dissector, and says what is wrong with a port', async () => {
  const file = join(folder, 'pos.lua');
  expect((await kalabarg('spec', 'export', 'wireshark', 'kalabarg-pos', '--port', '5000', '-o', file)).status).toBe(0);
  expect(readFileSync(file, 'utf8')).toContain('local PORT = 5000\n');
  expect((await kalabarg('spec', 'export', 'wireshark', 'bank-switch')).out).toContain('local PORT = nil\n');
  const wrong = await kalabarg('spec', 'export', 'wireshark', 'kalabarg-pos', '--port', 'http');
  expect([wrong.status, wrong.errors]).toEqual([1, 'kalabarg: --port http: give a whole number from 1 to 65535.']);
});
