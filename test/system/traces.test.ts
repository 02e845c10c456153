import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { honestPurchase, logLines, until } from '../support/attacker.ts';
import { cardOf, startSystem, type System } from '../support/system.ts';
import { openCollector, type Collector, type Span } from '../traces/collector.ts';

/** A purchase from its frame to its answer, as a collector of OpenTelemetry gets it. */

let system: System;
let collector: Collector;
beforeAll(async () => {
  collector = await openCollector();
  system = await startSystem({ KALABARG_TRACE_URL: collector.url, KALABARG_TRACES_PER_THOUSAND: '1000' });
});
afterAll(async () => {
  await system.stop();
  await collector.close();
});

function valueOf({ attributes }: Span, name: string): unknown {
  return Object.values(attributes.find(({ key }) => key === name)?.value ?? {})[0];
}

test('each step of a purchase with a card part is a span of one trace, and nothing of it is a secret', async () => {
  const terminal = await system.terminal('10000001');
  const card = cardOf(10);
  const answer = await terminal.financial('179800', 12_500_000n, card); // more than the credit: the card pays the rest
  expect(answer.rc).toBe('00');
  await until(() => collector.spans().some(({ name }) => name === 'request'));
  const spans = collector.spans();
  const root = spans.find((span) => span.name === 'request' && valueOf(span, 'kalabarg.kind') === 'purchase');
  const own = spans.filter(({ parentSpanId }) => parentSpanId === root?.spanId);
  expect(own.map(({ name }) => name)).toEqual([
    'decode and check',
    'ledger purchase',
    'bank cardLeg',
    'ledger complete',
    'answer',
  ]);
  expect(new Set(own.map(({ traceId }) => traceId))).toEqual(new Set([root?.traceId]));
  expect([valueOf(root!, 'kalabarg.rc'), valueOf(root!, 'kalabarg.terminal')]).toEqual(['00', '10000001']);
  const within = own.every(
    (each) =>
      BigInt(each.startTimeUnixNano) >= BigInt(root!.startTimeUnixNano) &&
      BigInt(each.endTimeUnixNano) <= BigInt(root!.endTimeUnixNano),
  );
  expect(within).toBe(true);
  const bytes = collector.bodies.join('');
  for (const secret of [card.pan, card.track2, card.pan.slice(0, 12)]) expect(bytes).not.toContain(secret);
  terminal.close();
});

test('a collector that is gone keeps no purchase from its answer, and the log says so', async () => {
  await collector.close();
  const terminal = await system.terminal('10000002');
  for (let n = 0; n < 3; n++) expect((await honestPurchase(terminal, 8)).rc).toBe('00');
  await until(() => logLines(system).some(({ msg }) => /^traces cannot be sent/.test(String(msg))));
  terminal.close();
});
