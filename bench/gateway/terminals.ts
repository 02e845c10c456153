import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { obey } from '../support/obey.ts';
import type { Order, Purchase, RunResult, Said } from './protocol.ts';

export const CONNECTIONS = 400;
/** Small enough that no household runs dry in a run. */
const VOUCHER_ONLY: Purchase = { processingCode: '179898', rials: 100 };

/** The terminals, in a process of their own. */
export class Terminals {
  readonly #process: ChildProcess = fork(fileURLToPath(new URL('load.mjs', import.meta.url)));

  /** Signs on the demo's terminals, from and to. */
  async open(port: number, tlsFolder: string, terminals: readonly [number, number] = [0, 20]): Promise<void> {
    await this.obey({ kind: 'open', port, tlsFolder, connections: CONNECTIONS, terminals, seed: 1 + terminals[0] });
  }

  obey(order: Order): Promise<Said> {
    return obey(this.#process, order);
  }

  close(): void {
    this.#process.kill();
  }
}

/** All of them approved. @param frames built before, while nothing is measured */
export async function purchases(terminals: Terminals, frames: number, order: Order): Promise<RunResult> {
  await terminals.obey({ kind: 'build', frames, purchase: VOUCHER_ONLY });
  const result = await terminals.obey(order);
  if (result.kind !== 'result') throw new Error(`expected a result, got ${result.kind}`);
  const approved = result.codes['00'] ?? 0;
  if (approved !== result.answers) throw new Error(`not every purchase was approved: ${JSON.stringify(result.codes)}`);
  return result;
}
