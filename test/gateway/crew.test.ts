import { expect, test } from '@jest/globals';
import { Counter, Gauge, Registry } from 'prom-client';
import { metricsOf, metricsOfAll } from '../../src/gateway/crew/metrics.ts';
import { Whereabouts } from '../../src/gateway/crew/whereabouts.ts';

test('metrics of all processes: counters and parts are summed, what each says of the whole is said once', async () => {
  const registryOf = (connections: number): Registry => {
    const registry = new Registry();
    const registers = [registry];
    new Counter({ name: 'kalabarg_requests_total', help: 'x', registers }).inc(connections);
    new Gauge({ name: 'kalabarg_terminal_connections', help: 'x', registers }).set(connections);
    new Gauge({ name: 'kalabarg_bank_in_doubt', help: 'x', registers }).set(7);
    return registry;
  };
  const text = await metricsOfAll(await Promise.all([registryOf(2), registryOf(3)].map(metricsOf)));
  expect(text.split('\n').filter((line) => line.startsWith('kalabarg_'))).toEqual([
    'kalabarg_requests_total 5',
    'kalabarg_terminal_connections 5',
    'kalabarg_bank_in_doubt 7',
  ]);
});

test('a terminal of several workers: each hears what it has elsewhere, and one over the limit gives way where most are', () => {
  const told: string[] = [];
  const terminals = new Whereabouts(3, (worker, said) =>
    told.push(`${worker} ${said.kind} ${said.kind === 'elsewhere' ? said.connections : said.terminal}`),
  );
  const after = (worker: number, connections: number): string[] => {
    terminals.note(worker, 't', connections);
    return told.splice(0);
  };
  expect(after(1, 1)).toEqual([]); // nearly always: one worker, and nothing to say
  expect(after(1, 2)).toEqual([]);
  expect(after(2, 1)).toEqual(['1 elsewhere 1', '2 elsewhere 2']);
  expect(after(2, 2)).toEqual(['1 elsewhere 2', '2 elsewhere 2', '1 displace t']);
  expect(after(1, 1)).toEqual(['2 elsewhere 1']);
  terminals.forget(1);
  expect(told.splice(0)).toEqual(['2 elsewhere 0']);
  expect(after(2, 1)).toEqual([]);
});
