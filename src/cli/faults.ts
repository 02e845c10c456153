import { GatewayError, messageOf } from '../ops/errors.ts';

/** Tells a person what went wrong, on standard error. */
export function tellFault(error: unknown): void {
  if (error instanceof GatewayError || isOfTheInput(error)) console.error(`kalabarg: ${error.message}`);
  else console.error(error instanceof Error ? (error.stack ?? error.message) : messageOf(error));
}

/** Of what the person gave us, rather than a bug: a dialect with a fault, a file that cannot be read or written. */
function isOfTheInput(error: unknown): error is Error {
  return error instanceof Error && (error.name === 'CodecError' || ('syscall' in error && 'path' in error));
}
