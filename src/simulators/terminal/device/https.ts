import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { isIP } from 'node:net';
import type { Place } from '../../../field/place.ts';
import type { Clock } from '../../../ops/clock.ts';
import { fileFault, GatewayError, reasonOf } from '../../../ops/errors.ts';
import { signReport } from '../../../updates/format/index.ts';
import { codeOf, endless, missing, slow, unreachable, type UpdateSource } from './source.ts';

/** How slow a line may be. */
export interface Patience {
  /** Without a byte. */
  readonly stallMs: number;
  /** On the average, after `graceMs`. */
  readonly leastBytesPerS: number;
  readonly graceMs: number;
}

/** GPRS at its worst gives some hundred bytes a second. */
const PATIENCE: Patience = { stallMs: 30_000, leastBytesPerS: 64, graceMs: 60_000 };
const LONGEST_ANSWER = 4_096;

export interface HttpsOptions {
  readonly place: Place;
  /** PEM files: the CA, and the terminal's own certificate and key. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly clock: Pick<Clock, 'monotonic' | 'after' | 'cancel'>;
  readonly patience?: Patience;
}

/** Updates over HTTPS with the client certificate.
 *  @throws GatewayError `terminal.certificate` when a file cannot be read */
export function httpsSource(options: HttpsOptions): UpdateSource & { close(): void } {
  const { place, clock, patience = PATIENCE } = options;
  const [ca, cert, key] = [options.tls.ca, options.tls.cert, options.tls.key].map(read);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, cert, key });
  const named = isIP(place.host) === 0 ? { servername: place.host } : {};
  const privateKey = createPrivateKey(key ?? '');
  const ask = (path: string, headers: Record<string, string>, body?: string): Promise<IncomingMessage> =>
    new Promise((done, fail) => {
      const method = body === undefined ? 'GET' : 'POST';
      const { host, port } = place;
      const sent = request({ agent, host, port, path, method, headers, ...named });
      const late = clock.after(patience.stallMs, () => sent.destroy(slow(path)));
      sent.on('response', (answer) => {
        clock.cancel(late); // who reads the answer looks at the time from here on
        done(answer);
      });
      sent.on('error', (error) => {
        clock.cancel(late);
        fail(error instanceof GatewayError ? error : unreachable(reasonOf(error), error));
      });
      sent.end(body);
    });
  const pieces: UpdateSource['pieces'] = async function* (name, from, most) {
    const answer = await ask(`/tuf/${name}`, from === 0 ? {} : { range: `bytes=${from}-` });
    const status = answer.statusCode ?? 0;
    if (status === 416 && from > 0) {
      answer.resume();
      yield* pieces(name, 0, most); // what lies here is longer than the file
      return;
    }
    if (status !== 200 && status !== 206) throw refusal(name, answer);
    const begins = status === 206 ? beginOf(answer.headers['content-range']) : 0;
    if (begins !== 0 && begins !== from) {
      answer.destroy();
      throw unreachable(`${name} was sent from another place than was asked for`);
    }
    let at = begins;
    for await (const data of patiently(answer, name, clock, patience)) {
      if (at + data.length > most) {
        answer.destroy();
        throw endless(name, most);
      }
      yield { at, data };
      at += data.length;
    }
  };
  return {
    kind: 'https',
    pieces,
    small: async (name, most) => {
      const parts: Buffer[] = [];
      for await (const { data } of pieces(name, 0, most)) parts.push(data);
      return Buffer.concat(parts);
    },
    report: async (report) => {
      const body = JSON.stringify(signReport(report, privateKey));
      const answer = await ask('/tuf/report', { 'content-type': 'application/json' }, body);
      const status = answer.statusCode ?? 0;
      const parts: Buffer[] = [];
      for await (const data of patiently(answer, 'report', clock, patience))
        if (parts.length * data.length < LONGEST_ANSWER) parts.push(data);
      if (status >= 200 && status < 300) return;
      const said = Buffer.concat(parts).toString('utf8').slice(0, 300);
      if (status >= 500 || status === 429) throw unreachable(`HTTP ${status}`);
      throw new GatewayError('device.refused', `The version report was refused: HTTP ${status} ${said}`);
    },
    close: () => {
      agent.destroy();
    },
  };
}

function refusal(name: string, answer: IncomingMessage): GatewayError {
  answer.resume();
  const { statusCode = 0 } = answer;
  return statusCode === 404 || statusCode === 403 ? missing(name) : unreachable(`HTTP ${statusCode} for ${name}`);
}

function beginOf(contentRange: string | undefined): number {
  return Number(/^bytes (\d{1,15})-/.exec(contentRange ?? '')?.[1] ?? -1);
}

/** The bytes of an answer, as long as they come fast enough. */
async function* patiently(
  answer: IncomingMessage,
  name: string,
  clock: HttpsOptions['clock'],
  { stallMs, leastBytesPerS, graceMs }: Patience,
): AsyncGenerator<Buffer> {
  const began = clock.monotonic();
  let count = 0;
  let timer = clock.after(stallMs, () => answer.destroy(slow(name)));
  try {
    for await (const data of answer as AsyncIterable<Buffer>) {
      clock.cancel(timer);
      count += data.length;
      const passed = clock.monotonic() - began;
      if (passed > graceMs && count * 1_000 < leastBytesPerS * passed) throw slow(name);
      yield data;
      timer = clock.after(stallMs, () => answer.destroy(slow(name)));
    }
  } catch (error) {
    if (codeOf(error) !== '') throw error;
    throw unreachable(reasonOf(error), error); // cut off in the middle
  } finally {
    clock.cancel(timer);
    answer.destroy();
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new GatewayError('terminal.certificate', fileFault(file, 'read', cause), { cause });
  }
}
