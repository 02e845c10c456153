import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

const FLUSH_CHARACTERS = 1 << 16;
/** A frame of 64 KB as JSON with every character escaped is less than half of it. */
const MAX_LINE = 1 << 20;

/** Answers each line of `input` with one of `output`, in order. Lines may end in CR LF; a last line without an end counts.
 *  Holds one chunk at a time and waits for a slow reader; of a line of more than 1 MiB it keeps nothing.
 *  @returns whether every line succeeded */
export async function answerLines(
  input: Readable,
  output: Writable,
  answer: (line: string) => { readonly text: string; readonly ok: boolean },
): Promise<boolean> {
  let rest = '';
  let out = '';
  let ok = true;
  let skipped = false; // the beginning of this line was thrown away
  const take = (line: string): void => {
    const result =
      skipped || line.length > MAX_LINE ? tooLong() : answer(line.endsWith('\r') ? line.slice(0, -1) : line);
    skipped = false;
    out += `${result.text}\n`;
    ok &&= result.ok;
  };
  const flush = async (): Promise<void> => {
    const chunk = out;
    out = '';
    if (chunk !== '' && !output.write(chunk)) await once(output, 'drain');
  };
  input.setEncoding('utf8');
  for await (const chunk of input as AsyncIterable<string>) {
    const text = rest + chunk;
    let from = 0;
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      take(text.slice(from, to));
      from = to + 1;
      if (out.length > FLUSH_CHARACTERS) await flush();
    }
    rest = text.slice(from);
    if (rest.length > MAX_LINE) [rest, skipped] = ['', true];
    await flush();
  }
  if (rest !== '' || skipped) take(rest);
  await flush();
  return ok;
}

function tooLong(): { readonly text: string; readonly ok: boolean } {
  const reason = `more than ${MAX_LINE} characters`;
  return { text: JSON.stringify({ error: { code: 'too-long', path: 'line', offset: MAX_LINE, reason } }), ok: false };
}

/** A reader that went away (`| head`) is no fault: end quietly. */
export function endWithReader(output: Writable): void {
  output.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
}
