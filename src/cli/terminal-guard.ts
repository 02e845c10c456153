import { withoutControls } from '../ops/printable.ts';

type Printer = Pick<Console, 'log' | 'error' | 'warn'>;

/** Lets no text that a command prints command the operator's terminal: names, paths and values are other people's. Charts and
 *  screens that move the cursor write to the stream itself. */
export function guardTerminal(printer: Printer): void {
  for (const name of ['log', 'error', 'warn'] as const) {
    const print = printer[name].bind(printer);
    printer[name] = (...parts: unknown[]) => {
      print(...parts.map((part) => (typeof part === 'string' ? withoutControls(part) : part)));
    };
  }
}
