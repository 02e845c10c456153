import { open } from 'node:fs/promises';
import { messageOf } from '../ops/errors.ts';
import { examine, MOST_BYTES } from './examine.ts';
import { sealPaper, sha256 } from './seal.ts';
import type { RefusalReason } from './refusals.ts';

/** The process in which papers are examined, drawn again, encrypted and written to disk: whatever a paper does to it, the gateway goes
 *  on. It has no setting, no database and no key but a public one. Bytes come on standard input, a job at a time. */

export interface Job {
  /** How many bytes follow on standard input. */
  readonly bytes: number;
  /** Where the encrypted file is written; it must not be there yet. */
  readonly part: string;
  /** Base64: the public half of the key of papers. */
  readonly recipient: string;
}

export type JobAnswer =
  | { readonly is: 'ready' }
  | { readonly is: 'refused'; readonly reason: RefusalReason }
  | { readonly is: 'failed'; readonly message: string }
  | {
      readonly is: 'sealed';
      readonly media: 'image/jpeg' | 'application/pdf';
      readonly bytes: number;
      readonly pages: number;
      /** Base64. */
      readonly source: string;
      readonly content: string;
      readonly file: string;
      readonly wrapped: string;
    };

let job: Job | undefined;
const held: Buffer[] = [];
let heldBytes = 0;
let working = false;

process.on('message', (message) => {
  job = message as Job;
  void tryWork();
});
process.on('disconnect', () => {
  process.exit(0);
});
process.stdin.on('data', (chunk: Buffer) => {
  held.push(chunk);
  heldBytes += chunk.length;
  void tryWork();
});
process.send?.({ is: 'ready' } satisfies JobAnswer);

async function tryWork(): Promise<void> {
  if (working || job === undefined || heldBytes < job.bytes) return;
  working = true;
  const { bytes, part, recipient } = job;
  const answer = await work(Buffer.concat(held).subarray(0, Math.min(bytes, MOST_BYTES + 1)), part, recipient);
  job = undefined;
  held.length = 0;
  heldBytes = 0;
  working = false;
  process.send?.(answer);
}

async function work(bytes: Buffer, part: string, recipient: string): Promise<JobAnswer> {
  try {
    const examined = await examine(bytes);
    if (!examined.ok) return { is: 'refused', reason: examined.reason };
    const content = sha256(examined.bytes);
    const { file, wrapped } = sealPaper(examined.bytes, content, Buffer.from(recipient, 'base64'));
    await write(part, file);
    return {
      is: 'sealed',
      media: examined.media ?? 'image/jpeg',
      bytes: examined.bytes.length,
      pages: examined.pages,
      source: sha256(bytes).toString('base64'),
      content: content.toString('base64'),
      file: sha256(file).toString('base64'),
      wrapped: wrapped.toString('base64'),
    };
  } catch (error) {
    return { is: 'failed', message: messageOf(error) };
  }
}

async function write(part: string, file: Buffer): Promise<void> {
  const opened = await open(part, 'wx', 0o600);
  try {
    await opened.writeFile(file);
    await opened.sync();
  } finally {
    await opened.close();
  }
}
