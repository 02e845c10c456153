import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { LinkEvent, LinkState } from '../../net/link/index.ts';
import type { Metrics } from '../../ops/metrics.ts';
import type { DoubtKind } from './doubts.ts';

/** What the bank side counts (docs/operations.md). */
export interface BankMetrics {
  readonly observe: (event: LinkEvent) => void;
  readonly advice: (mti: string, result: 'taken' | 'refused' | 'failed') => void;
  readonly doubts: (kind: DoubtKind, count: number, oldestSeconds: number) => void;
  readonly leg: (kind: string, rc: string) => void;
  readonly stranded: (count: number) => void;
  /** How many advices may be under way at once. */
  readonly adviceWindow: (size: number) => void;
  readonly issuersOut: (count: number) => void;
}

/** @param links asked at each scrape */
export function bankMetrics(
  { registry, bankLinks, queuedAdvices }: Metrics,
  links: () => { readonly states: readonly LinkState[]; readonly queued: number },
): BankMetrics {
  const registers = [registry];
  linkGauges(registers, links);
  const inDoubt = new Gauge({
    name: 'kalabarg_bank_in_doubt',
    help: 'What we and the bank may see differently: advices not delivered, refused for good, legs without an outcome',
    labelNames: ['kind'],
    registers,
  });
  const oldest = new Gauge({
    name: 'kalabarg_bank_in_doubt_oldest_seconds',
    help: 'Age of the oldest of them; 0: there is none',
    labelNames: ['kind'],
    registers,
  });
  const answers = new Histogram({
    name: 'kalabarg_bank_answer_seconds',
    help: 'From a request to the bank to its answer',
    labelNames: ['mti'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30],
    registers,
  });
  const unanswered = new Counter({
    name: 'kalabarg_bank_unanswered_total',
    help: 'Requests to the bank without a usable answer: timeout, lost, forged, unreadable, unsent',
    labelNames: ['mti', 'how'],
    registers,
  });
  const odd = new Counter({
    name: 'kalabarg_bank_odd_answers_total',
    help: 'Answers of the bank that fit no waiting request: late, duplicate, unmatched (would match but for what), undecodable',
    labelNames: ['how', 'but'],
    registers,
  });
  const oddElements = new Counter({
    name: 'kalabarg_bank_odd_elements_total',
    help: 'Elements of messages of the bank that were passed over: they decide nothing, and their content is at fault',
    labelNames: ['element'],
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
  const window = new Gauge({
    name: 'kalabarg_bank_advice_window',
    help: 'Reversals and advices that may be under way at once: 1 while the bank takes none',
    registers,
  });
  const out = new Gauge({
    name: 'kalabarg_bank_issuers_out',
    help: 'Issuers that are out: their cards get 91, and one request is tried now and then',
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
          odd.inc({ how: event.kind, but: event.but ?? '' });
          return;
        case 'odd-element':
          oddElements.inc({ element: event.de });
          return;
        case 'connected':
        case 'disconnected':
          return; // the gauge of ready links says it
      }
    },
    advice: (mti, result) => {
      advices.inc({ mti, result });
    },
    doubts: (kind, count, oldestSeconds) => {
      inDoubt.set({ kind }, count);
      oldest.set({ kind }, oldestSeconds);
      if (kind === 'advice') queuedAdvices.set(count);
    },
    leg: (kind, rc) => {
      legs.inc({ kind, rc });
    },
    stranded: (count) => {
      stranded.inc(count);
    },
    adviceWindow: (size) => {
      window.set(size);
    },
    issuersOut: (count) => {
      out.set(count);
    },
  };
}

/** The state of each endpoint as it is when somebody looks. */
function linkGauges(registers: Registry[], links: Parameters<typeof bankMetrics>[1]): void {
  const gauge = (name: string, help: string, value: (state: LinkState) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['endpoint'],
      registers,
      collect() {
        for (const state of links().states) this.set({ endpoint: state.endpoint }, value(state));
      },
    });
  };
  gauge('kalabarg_bank_connections', 'Signed-on connections of a bank endpoint', ({ ready }) => ready);
  gauge('kalabarg_bank_in_flight', 'Requests that wait for an answer of a bank endpoint', ({ inFlight }) => inFlight);
  new Gauge({
    name: 'kalabarg_bank_queue',
    help: 'Requests that wait for room on a link',
    registers,
    collect() {
      this.set(links().queued);
    },
  });
}
