import type { Context, Span, Tracer } from '@opentelemetry/api';
import type { Clock } from '../ops/clock.ts';
import { settingName } from '../ops/config.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import type { Random } from '../ops/random.ts';
import { VERSION } from '../ops/version.ts';
import { boundOf, idsOf, lotOf, type TraceKey } from './sample.ts';
import type { Said, Trace, Traces } from './trace.ts';

export interface TraceOptions {
  /** Of a collector that takes OTLP over HTTP: `http://collector:4318/v1/traces`. */
  readonly url: string;
  readonly perThousand: number;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly random: Pick<Random, 'bytes'>;
  readonly log: Log;
}

/** A step of a transaction that was traced, long after its answer. */
export interface LateStep {
  readonly name: string;
  /** ms since the epoch */
  readonly from: number;
  readonly to: number;
  readonly said: Said;
}

export interface OpenTraces extends Traces {
  readonly perThousand: number;
  /** Adds to the trace of a transaction of the sample, weeks after its answer. */
  add(key: TraceKey, steps: readonly LateStep[]): void;
  /** Sends what waits. */
  close(): Promise<void>;
}

/** So many spans wait for the collector at most; what comes then is dropped, and no request waits. */
const WAITING_SPANS = 8_192;

/** Opens the exporter of OpenTelemetry. It is loaded here alone: without a collector nothing of it is. Headers that a collector wants are taken
 *  from OTEL_EXPORTER_OTLP_HEADERS.
 *  @throws GatewayError `config.invalid` for a URL that is none */
export async function openTraces(options: TraceOptions): Promise<OpenTraces> {
  const { url, perThousand, clock, random, log } = options;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new GatewayError('config.invalid', `${settingName('traceUrl')} is no address of a collector: write it as http://collector:4318/v1/traces.`); // prettier-ignore
  const [api, { BasicTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const ids = new Ids(random);
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: 10_000 });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'kalabarg-gateway', 'service.version': VERSION }),
    idGenerator: ids,
    spanProcessors: [new BatchSpanProcessor(exporter, { maxQueueSize: WAITING_SPANS, maxExportBatchSize: 512 })],
  });
  const tell = (why: string): void => {
    log.warn({ why }, 'traces cannot be sent; requests go on without them');
  };
  api.diag.setLogger({ error: tell, warn: tell, info: quiet, debug: quiet, verbose: quiet }, { suppressOverrideMessage: true, logLevel: api.DiagLogLevel.WARN }); // prettier-ignore
  const tracer = provider.getTracer('kalabarg-gateway', VERSION);
  const bound = boundOf(perThousand);
  const within = (key: TraceKey): Context => {
    const { traceId, spanId } = idsOf(key);
    const parent = { traceId, spanId, traceFlags: api.TraceFlags.SAMPLED, isRemote: true };
    return api.trace.setSpanContext(api.ROOT_CONTEXT, parent);
  };
  return {
    perThousand,
    begin: (key, isRepeat, { at, monotonic }, said) => {
      if (lotOf(key) >= bound) return undefined;
      ids.next = isRepeat ? undefined : idsOf(key);
      const attributes = { ...said, 'kalabarg.terminal': key.terminal, 'kalabarg.stan': key.stan };
      const options = { kind: api.SpanKind.SERVER, startTime: at, attributes };
      const root = tracer.startSpan('request', options, isRepeat ? within(key) : api.ROOT_CONTEXT);
      ids.next = undefined;
      return new RunningTrace(tracer, root, api.trace.setSpan(api.ROOT_CONTEXT, root), clock, at - monotonic);
    },
    add: (key, steps) => {
      const context = within(key);
      for (const { name, from, to, said } of steps)
        tracer.startSpan(name, { startTime: from, attributes: said }, context).end(Math.max(from, to));
    },
    close: async () => {
      await provider.shutdown().catch((error: unknown) => {
        tell(String(error));
      });
      api.diag.disable();
    },
  };
}

const quiet = (): void => undefined;

/** Ids of chance, but for the first span of a request, whose ids all that comes later can work out. */
class Ids {
  readonly #random: Pick<Random, 'bytes'>;
  next: { readonly traceId: string; readonly spanId: string } | undefined;

  constructor(random: Pick<Random, 'bytes'>) {
    this.#random = random;
  }

  generateTraceId(): string {
    return this.next?.traceId ?? this.#random.bytes(16).toString('hex');
  }

  generateSpanId(): string {
    return this.next?.spanId ?? this.#random.bytes(8).toString('hex');
  }
}

class RunningTrace implements Trace {
  readonly #tracer: Tracer;
  readonly #root: Span;
  readonly #context: Context;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** What makes an instant of the monotonic clock one since the epoch. */
  readonly #offset: number;

  constructor(tracer: Tracer, root: Span, context: Context, clock: Pick<Clock, 'monotonic'>, offset: number) {
    this.#tracer = tracer;
    this.#root = root;
    this.#context = context;
    this.#clock = clock;
    this.#offset = offset;
  }

  async step<T>(name: string, work: () => Promise<T>, said?: (result: T) => Said): Promise<T> {
    const span = this.#tracer.startSpan(name, { startTime: this.#now() }, this.#context);
    try {
      const result = await work();
      if (said !== undefined) span.setAttributes(said(result));
      return result;
    } catch (error) {
      span.setAttribute('kalabarg.failed', error instanceof Error ? error.name : 'error');
      throw error;
    } finally {
      span.end(this.#now());
    }
  }

  over(name: string, from: number, to: number): void {
    this.#tracer.startSpan(name, { startTime: from + this.#offset }, this.#context).end(to + this.#offset);
  }

  end(said: Said): void {
    this.#root.setAttributes(said);
    this.#root.end(this.#now());
  }

  #now(): number {
    return this.#clock.monotonic() + this.#offset;
  }
}
