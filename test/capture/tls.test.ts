import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Codecs, DEFAULT_SERVICES, pairExchanges, readCapture } from '../../src/capture/index.ts';

/** A purchase of the demo programme by tcpdump, and the keys of that one connection by `node --tls-keylog`. */
const pcap = fileURLToPath(new URL('./fixtures/tls.pcap', import.meta.url));
const keylog = fileURLToPath(new URL('./fixtures/tls.keys', import.meta.url));
const services = DEFAULT_SERVICES.map((service) =>
  service.neighbour === 'terminal' ? { ...service, port: 18_583 } : service,
);
const withTshark = spawnSync('tshark', ['-v']).status === 0 ? test : test.skip;

withTshark('a capture of TLS is read with its keys, where tshark is there', () => {
  const { frames, notes } = readCapture(pcap, { services, keylog });
  const { exchanges, unmatched } = pairExchanges(frames, new Codecs());
  const said = exchanges.map(
    ({ request, mti, answerMessage }) => `${request.from} ${mti} ${answerMessage?.get(39) ?? '-'}`,
  );
  expect(said).toEqual(['terminal 0800 00', 'terminal 0800 00', 'terminal 0200 00']);
  expect([notes, unmatched]).toEqual([[], []]);
  for (const { request, answer } of exchanges) expect(answer!.at).toBeGreaterThan(request.at);
});

test('without its keys it is named as TLS', () => {
  const { frames, notes } = readCapture(pcap, { services });
  expect(frames).toEqual([]);
  expect(notes.join()).toContain('TLS; give its keys');
});
