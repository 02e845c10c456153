import { fileFault, GatewayError } from '../../ops/errors.ts';
import { systemFaultOf } from '../../ops/system-errors.ts';
import { tellFault } from '../faults.ts';

/** Does the same with each file or break that a command names: one that is refused does not keep the others from being done.
 *  Each refusal goes to standard error, and the command's exit status is 1.
 *  @returns how many were done */
export async function forEach(names: readonly string[], body: (name: string) => Promise<void>): Promise<number> {
  let done = 0;
  for (const name of names) {
    try {
      await body(name);
      done++;
    } catch (error) {
      tellFault(refusalOf(name, error));
      process.exitCode = 1;
    }
  }
  return done;
}

/** Not there, not readable, a folder; and what says itself what it is about. Anything else is thrown: it is no matter of the file. */
function refusalOf(name: string, error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  if (systemFaultOf(error)?.code.startsWith('file.') !== true) throw error;
  return new GatewayError('file.unreadable', fileFault(name, 'read', error), { cause: error });
}
