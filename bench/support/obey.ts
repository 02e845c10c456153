import type { ChildProcess } from 'node:child_process';

/** Sends an order to a process of its own, which answers one at a time. @throws Error with the reason where it says that it failed */
export function obey<Said extends { readonly kind: string }>(process: ChildProcess, order: object): Promise<Said> {
  return new Promise((done, fail) => {
    process.once('message', (said: Said | { readonly kind: 'failed'; readonly reason: string }) => {
      if (said.kind === 'failed' && 'reason' in said) fail(new Error(said.reason));
      else done(said as Said);
    });
    process.send(order);
  });
}
