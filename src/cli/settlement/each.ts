import { GatewayError, messageOf } from '../../ops/errors.ts';

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
      if (!(error instanceof GatewayError || isOfTheFile(error))) throw error;
      // Some say which file it was, and some do not.
      const said = messageOf(error);
      console.error(`kalabarg: ${said.includes(name) || error instanceof GatewayError ? said : `${name}: ${said}`}`);
      process.exitCode = 1;
    }
  }
  return done;
}

/** Not there, not readable, a folder. */
function isOfTheFile(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'code' in error && error.code !== 'ECONNREFUSED';
}
