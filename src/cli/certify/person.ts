import { createInterface } from 'node:readline/promises';
import { HandGone, type Hand } from '../../certification/index.ts';
import { digitsOf } from '../../field/persian.ts';
import type { Text } from '../../field/language.ts';

/** A person at the device: told what to do, asked what they see. Instructions go to standard error, so that results stay alone. */
export function personHand(language: string): Hand & { close(): void; note(text: string): void } {
  const reader = createInterface({ input: process.stdin, output: process.stderr, terminal: process.stdin.isTTY });
  const gone = new AbortController();
  reader.on('close', () => {
    gone.abort();
  });
  const say = ({ fa, en }: Text): string => (language === 'fa' ? fa : language === 'en' ? en : `${fa}\n   ${en}`);
  const ask = async (prompt: string): Promise<string> => {
    if (gone.signal.aborted) throw new HandGone();
    try {
      return await reader.question(prompt, { signal: gone.signal });
    } catch {
      throw new HandGone(); // the keyboard is gone
    }
  };
  return {
    begin: ({ id, title }) => {
      console.error(`\n━━ ${id}\n   ${say(title)}`);
      return Promise.resolve();
    },
    perform: async (_, instruction) => {
      console.error(`→ ${say(instruction)}`);
      await ask(language === 'en' ? '  [Enter when done] ' : '  [پس از انجام، Enter] ');
    },
    answer: async ({ about }, question) => {
      for (;;) {
        const shown = about === undefined ? '' : ` «${String(about)}»`;
        const said = (await ask(`? ${say(question)}${shown} [y/n بله/خیر] `)).trim().toLowerCase();
        if (['y', 'yes', 'ب', 'بله'].includes(said) || digitsOf(said) === '1') return true;
        if (['n', 'no', 'خ', 'خیر', 'نه'].includes(said) || digitsOf(said) === '0') return false;
      }
    },
    note: (text) => {
      console.error(`  · ${text}`);
    },
    close: () => {
      reader.close();
    },
  };
}
