import { createInterface, type Interface } from 'node:readline';
import type { Writable } from 'node:stream';
import type { Screen } from '../../../simulators/terminal/index.ts';

/** As a shell counts an end by SIGINT. */
const INTERRUPTED = 130;

/** A screen on standard input and output. PINs are not echoed where that is a terminal. */
export function consoleScreen(): Screen & { close(): void } {
  const lines: string[] = [];
  let wake: () => void = () => undefined;
  let ended = false;
  const reader = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: process.stdin.isTTY,
    historySize: 0, // arrow keys must not bring a PIN back
  });
  // Whatever is being waited for, a line or an answer: who presses Ctrl-C leaves.
  reader.on('SIGINT', () => {
    reader.close();
    process.stdout.write('\n');
    process.exit(INTERRUPTED);
  });
  reader.on('line', (line) => {
    lines.push(line);
    wake();
  });
  reader.on('close', () => {
    ended = true;
    wake();
  });
  const next = async (): Promise<string | undefined> => {
    while (lines.length === 0 && !ended) await new Promise<void>((done) => (wake = done));
    return lines.shift();
  };
  const ask = (prompt: string): Promise<string | undefined> => {
    if (!ended) {
      reader.setPrompt(prompt);
      reader.prompt();
    }
    return next();
  };
  return {
    print: (text) => {
      process.stdout.write(`${text}\n`);
    },
    ask,
    secret: async (prompt) => {
      process.stdout.write(prompt);
      const answer = await silently(reader, next);
      process.stdout.write('\n');
      return answer;
    },
    close: () => {
      reader.close();
    },
  };
}

/** Takes a line while the reader writes nothing of what is typed. */
async function silently(reader: Interface, next: () => Promise<string | undefined>): Promise<string | undefined> {
  const inner = reader as Interface & { output?: Writable };
  const { output } = inner;
  if (output === undefined || !process.stdin.isTTY) return next();
  const write = output.write.bind(output);
  output.write = () => true;
  try {
    return await next();
  } finally {
    output.write = write;
  }
}
