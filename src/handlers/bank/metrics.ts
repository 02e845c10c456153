import { Counter, Gauge, Histogram } from 'prom-client';
import type { LinkEvent } from '../../net/link/index.ts';
import type { Metrics } from '../../ops/metrics.ts';

/** What the bank side counts (docs/operations.md). */
export interface BankMetrics {
  readonly observe: (event: LinkEvent) => void;
  readonly advice: (mti: string, result: 'taken' | 'failed') => void;
  readonly leg: (kind: string, rc: string) => void;
  readonly stranded: (count: number) => void;
}

export function bankMetrics({ registry, bankLinks }: Metrics): BankMetrics {
  const registers = [registry];
  const answers = new Histogram({
    name: 'kalabarg_bank_answer_seconds',
    help: 'From a request to the bank to its answer',
    labelNames: ['mti'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30],
    registers,
  });
  const unanswered = new Counter({
    name: 'kalabarg_bank_unanswered_total',
    help: 'Requests to the bank without a usable answer: timeout, lost, forged, unsent',
    labelNames: ['mti', 'how'],
    registers,
  });
  const odd = new Counter({
    name: 'kalabarg_bank_odd_answers_total',
    help: 'Answers of the bank that fit no waiting request: late, duplicate, unmatched, undecodable',
    labelNames: ['how'],
    registers,
  });
  const breaker = new Gauge({
    name: 'kalabarg_bank_breaker',
    help: 'Breaker of a bank endpoint: 0 closed, 1 half-open, 2 open',
    labelNames: ['endpoint'],
    registers,
  });
  const advices = new Counter({
    name: 'kalabarg_bank_advices_total',
    help: 'Attempts to deliver a reversal or advice',
    labelNames: ['mti', 'result'],
    registers,
  });
  const legs = new Counter({
    name: 'kalabarg_bank_legs_total',
    help: 'Outcomes of bank legs: approved, declined, unsent, doubt',
    labelNames: ['kind', 'rc'],
    registers,
  });
  const stranded = new Counter({
    name: 'kalabarg_stranded_total',
    help: 'Held transactions whose gateway had died, ended by the sweeper',
    registers,
  });
  return {
    observe: (event) => {
      switch (event.kind) {
        case 'ready':
          bankLinks.set(event.connections);
          return;
        case 'answered':
          answers.observe({ mti: event.mti }, event.seconds);
          return;
        case 'given-up':
          unanswered.inc({ mti: event.mti, how: event.how });
          return;
        case 'unsent':
          unanswered.inc({ mti: event.mti, how: 'unsent' });
          return;
        case 'breaker':
          breaker.set({ endpoint: event.endpoint }, { closed: 0, 'half-open': 1, open: 2 }[event.state]);
          return;
        case 'late':
        case 'duplicate':
        case 'unmatched':
        case 'undecodable':
          odd.inc({ how: event.kind });
          return;
        case 'connected':
        case 'disconnected':
          return; // the gauge of ready links says it
      }
    },
    advice: (mti, result) => {
      advices.inc({ mti, result });
    },
    leg: (kind, rc) => {
      legs.inc({ kind, rc });
    },
    stranded: (count) => {
      stranded.inc(count);
    },
  };
}
