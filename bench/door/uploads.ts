import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { openPool, transaction } from '../../src/ops/database.ts';
import { systemRandom } from '../../src/ops/random.ts';
import { openSession } from '../../src/owners/sessions.ts';
import { pdf } from '../../test/papers/files.ts';
import { startSystem, type System } from '../../test/support/system.ts';
import { quantile } from '../support/spread.ts';
import { purchases } from './purchases.ts';

const PROBE = fileURLToPath(new URL('probe.mjs', import.meta.url));
const MIB = 1_048_576;

/** How long photographs and PDFs of nearly ten mebibytes hold the event loop of the gateway: `seconds` of purchases alone, with photographs,
 *  with PDFs, and alone again. */
export async function uploads(seconds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-holds-'));
  const file = join(folder, 'probe.jsonl');
  const system = await startSystem({
    KALABARG_PUBLIC_REQUESTS_PER_SECOND: '0',
    KALABARG_BANK_TIMEOUT_MS: '20000',
    NODE_OPTIONS: `--import=${PROBE}`,
    KALABARG_PROBE: file,
  });
  try {
    const honest = await system.terminal('10000001');
    const sender = await openSender(system);
    const photo = await photoOf(9.5 * MIB);
    const scan = await pdf(() => undefined, { picture: await photoOf(9.3 * MIB) });
    await purchases(honest, 3); // warms up
    for (const bytes of [photo, scan]) await sender.send(bytes);
    const measure = async (what: string, bytes?: Buffer): Promise<void> => {
      const from = Date.now();
      let [sent, over] = [0, false];
      const sending = async (): Promise<void> => {
        while (!over && bytes !== undefined) {
          await sender.send(bytes);
          sent++;
        }
      };
      const work = [sending(), sending()];
      await purchases(honest, seconds);
      over = true;
      await Promise.all(work);
      await new Promise((done) => setTimeout(done, 1_100));
      const holds = heldSince(file, from);
      const top = holds.slice(-5).toReversed().map((ms) => ms.toFixed(1)); // prettier-ignore
      console.log(`${what.padEnd(28)} ${String(sent).padStart(3)} uploads; longest holds ${top.join(', ')} ms; p99.9 of those of 1 ms and more ${quantile(holds, 0.999).toFixed(1)} ms (${holds.length})`); // prettier-ignore
    };
    console.log(
      `load of the machine ${loadavg()[0]?.toFixed(1) ?? '?'}; event loop held, in processor time of its thread`,
    );
    await measure('purchases alone');
    await measure(`photographs of ${(photo.length / MIB).toFixed(1)} MiB`, photo);
    await measure(`PDFs of ${(scan.length / MIB).toFixed(1)} MiB`, scan);
    await measure('purchases alone, again');
  } finally {
    await system.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** ms, ascending */
function heldSince(file: string, from: number): number[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const seen = lines.map((line) => JSON.parse(line) as { at: number; holds: number[] });
  return seen.filter(({ at }) => at > from + 1_000).flatMap(({ holds }) => holds).sort((a, b) => a - b); // prettier-ignore
}

/** A photograph of about that size. */
async function photoOf(bytes: number): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 30 };
  const image = sharp({ create: { width: 5_000, height: 4_000, channels: 3, background: '#888', noise } });
  const drawn = await image.raw().toBuffer();
  let photo = Buffer.alloc(0);
  for (let quality = 82; quality <= 94; quality += 2) {
    const next = await sharp(drawn, { raw: { width: 5_000, height: 4_000, channels: 3 } })
      .jpeg({ quality })
      .toBuffer();
    if (next.length > bytes) break;
    photo = next;
  }
  return photo;
}

/** An owner with an application, who sends papers of it and takes each away again. */
async function openSender(system: System): Promise<{ send(bytes: Buffer): Promise<void> }> {
  const pool = openPool(system.databaseUrl(), 1);
  const token = await transaction(pool, (db) => openSession(db, '09121234567', Date.now(), systemRandom));
  await pool.end();
  const secret = randomBytes(16).toString('base64url');
  const csrf = createHash('sha256').update(`form ${secret}`).digest('base64url');
  const headers = {
    cookie: `__Host-owner=${token}; __Host-form=${secret}`,
    'x-csrf': csrf,
    accept: 'application/json',
  };
  const call = (path: string, body: Buffer | string, type: string): Promise<{ status: number; location: string; text: string }> =>
    new Promise((done, fail) => {
      const sent = request({ host: '127.0.0.1', port: system.publicPort, path, method: 'POST', headers: { ...headers, 'content-type': type } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.once('end', () => {
          done({ status: answer.statusCode ?? 0, location: answer.headers.location ?? '', text });
        });
      });
      sent.once('error', fail);
      sent.end(body);
    }); // prettier-ignore
  const form = (fields: Record<string, string>): string => new URLSearchParams({ csrf, ...fields }).toString();
  const FORM = 'application/x-www-form-urlencoded';
  const key = randomBytes(16).toString('hex');
  const begun = await call('/apply/new', form({ name: 'فروشگاه', guild: 'dairy', key }), FORM);
  const number = /\d{9}/.exec(begun.location)?.[0] ?? '';
  return {
    send: async (bytes) => {
      const answer = await call(`/apply/${number}/papers/owner_identity/other`, bytes, 'application/octet-stream');
      if (answer.status === 503) return;
      const { paper } = JSON.parse(answer.text) as { paper?: { id: string } };
      if (paper === undefined) throw new Error(`an upload got ${answer.status}: ${answer.text}`);
      await call(`/apply/${number}/papers/${paper.id}/removal`, form({}), FORM);
    },
  };
}
