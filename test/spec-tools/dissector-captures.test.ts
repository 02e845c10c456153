import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCapture } from '../../src/capture/index.ts';
import { compile, encodeFrame, loadSpec, type Entry } from '../../src/codec/index.ts';
import { luaDissector, protocolName } from '../../src/spec-tools/dissector/index.ts';
import { dissect, tsharkIsHere } from './tshark.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-dissected-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const withTshark = tsharkIsHere ? test : test.skip;
const captures = fileURLToPath(new URL('../captures/', import.meta.url));
const frames = readdirSync(captures)
  .filter((file) => file.endsWith('.jsonl'))
  .flatMap((file) => readCapture(join(captures, file)).frames);

withTshark.each(['kalabarg-pos', 'bank-switch'])(
  'tshark shows elements, subfields and tags of %s as in every capture of the gateway',
  (name) => {
    const spec = loadSpec(name);
    const codec = compile(spec);
    const messages = frames.flatMap(({ dialect, body }) => {
      if (dialect !== name) return [];
      try {
        return [codec.decode(body)];
      } catch {
        return []; // captures hold frames that do not decode, on purpose
      }
    });
    expect(messages.length).toBeGreaterThan(20);
    const segments = messages.map((message) => encodeFrame(message.encode(), { header: 'binary2' }));
    const script = luaDissector(spec, { port: 22_000, header: 'binary2', lengthIncludesHeader: false, tpdu: false });
    const packets = dissect(
      folder,
      [script],
      [{ port: 22_000, segments }],
      [`${protocolName(spec)}.show_secrets:TRUE`],
    );
    let inner = 0;
    for (const [index, message] of messages.entries()) {
      for (const de of message.fields()) {
        const values = new Map([[`de${de}`, [message.get(de) ?? '']]]);
        collect(`de${de}`, message.entries(de), values);
        inner += values.size - 1;
        for (const [path, value] of values)
          expect([path, packets[index]?.get(`${protocolName(spec)}.${path}`)]).toEqual([path, value]);
      }
    }
    if (name === 'kalabarg-pos') expect(inner).toBeGreaterThan(100);
  },
  60_000,
);

/** Values of subfields and tags by the end of their field's name; rows of a table count on. */
function collect(path: string, entries: readonly Entry[], into: Map<string, string[]>): void {
  for (const { key, plan, name, value, children } of entries) {
    const described = plan !== undefined || name !== undefined;
    const own = described ? `${path}.${key}` : path;
    if (described) into.set(own, [...(into.get(own) ?? []), value]);
    if (children !== undefined) collect(own, children, into);
  }
}
