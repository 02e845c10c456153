import { createInterface } from 'node:readline';
import { Writable, type Readable } from 'node:stream';
import { GatewayError } from '../../ops/errors.ts';

/** Asks people. What is secret is not shown as it is typed, and is in no history. */
export interface Prompter {
  ask(question: string): Promise<string>;
  askHidden(question: string): Promise<string>;
  tell(text: string): void;
  close(): void;
}

/** @param terminal whether a person sits there: a pipe is read line by line
 *  @throws GatewayError `keys.input` from its questions when the input ends */
export function createPrompter(input: Readable, output: Writable, terminal: boolean): Prompter {
  let shown = false;
  const screen = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      // What is typed is shown only while something is asked that everybody may see.
      if (shown) output.write(chunk);
      done();
    },
  });
  const lines: string[] = [];
  let waiting: ((line: string | undefined) => void) | undefined;
  let ended = false;
  const reader = createInterface({ input, output: screen, terminal, historySize: 0 });
  reader.on('line', (line) => {
    if (waiting === undefined) lines.push(line);
    else waiting(line);
    waiting = undefined;
  });
  reader.on('close', () => {
    ended = true;
    waiting?.(undefined);
  });
  const next = async (): Promise<string> => {
    const line =
      lines.shift() ?? (ended ? undefined : await new Promise<string | undefined>((done) => (waiting = done)));
    if (line === undefined) throw new GatewayError('keys.input', 'The input ended too early. Begin again.');
    return line.trim();
  };
  return {
    ask: async (question) => {
      output.write(question);
      shown = true;
      try {
        return await next();
      } finally {
        shown = false;
      }
    },
    askHidden: async (question) => {
      output.write(question);
      try {
        return await next();
      } finally {
        output.write('\n');
      }
    },
    tell: (text) => {
      output.write(`${text}\n`);
    },
    close: () => {
      reader.close();
    },
  };
}
