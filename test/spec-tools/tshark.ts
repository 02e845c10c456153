import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACK, ipv4, LINKS, pcap } from '../capture/pcap-writer.ts';

/** Whether tshark is on this machine; without it the tests of the dissector are skipped, and say so. */
export const tsharkIsHere = spawnSync('tshark', ['--version']).status === 0;
if (!tsharkIsHere) console.warn('tshark is not on this machine: the exported dissectors are not tried');

/** Segments of one connection, in the order they were sent. */
export interface Stream {
  readonly port: number;
  readonly segments: readonly Buffer[];
}

/** Values by the name of their field in Wireshark; several of one name in their order. */
export type Dissected = ReadonlyMap<string, readonly string[]>;

/** Runs tshark over streams with dissectors.
 *  @param scripts  the Lua files' text
 *  @returns by packet (segment), what the protocols of ours found there */
export function dissect(
  folder: string,
  scripts: readonly string[],
  streams: readonly Stream[],
  preferences: readonly string[] = [],
): Dissected[] {
  const files = scripts.map((script, index) => {
    const file = join(folder, `dissector-${index}.lua`);
    writeFileSync(file, script);
    return file;
  });
  const capture = join(folder, 'capture.pcap');
  writeFileSync(capture, pcapOf(streams));
  const { stdout, stderr } = spawnSync(
    'tshark',
    [
      ...files.flatMap((file) => ['-X', `lua_script:${file}`]),
      ...preferences.flatMap((preference) => ['-o', preference]),
      ...['-n', '-r', capture, '-T', 'json', '--no-duplicate-keys'],
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  const problem = stderr.split('\n').filter((line) => /lua|error/i.test(line));
  if (problem.length > 0) throw new Error(problem.join('\n'));
  const packets = JSON.parse(stdout) as { _source: { layers: Record<string, unknown> } }[];
  return packets.map(({ _source: { layers } }) => {
    const found = new Map<string, string[]>();
    flatten(layers, found);
    return found;
  });
}

function pcapOf(streams: readonly Stream[]): Buffer {
  const ethernet = LINKS['ethernet']!;
  let at = 0;
  const packets = streams.flatMap(({ port, segments }, index) => {
    let sequence = 1_000;
    return segments.map((payload) => {
      const ends = { source: '10.0.0.1', sourcePort: 40_000 + index, destination: '10.0.0.2', destinationPort: port };
      const data = ethernet.wrap(ipv4({ ...ends, sequence, flags: ACK, payload }), false);
      sequence += payload.length;
      return { at: (at += 1), data };
    });
  });
  return pcap(packets, ethernet.linkType);
}

function flatten(value: unknown, into: Map<string, string[]>, name = ''): void {
  if (Array.isArray(value)) for (const one of value) flatten(one, into, name);
  else if (typeof value === 'object' && value !== null)
    for (const [key, one] of Object.entries(value)) flatten(one, into, key);
  else if (name.startsWith('iso8583_')) into.set(name, [...(into.get(name) ?? []), String(value)]);
}
