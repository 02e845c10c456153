import { GatewayError, messageOf, sqlStateOf } from '../ops/errors.ts';
import { systemFaultOf } from '../ops/system-errors.ts';

/** PostgreSQL: the role has no right to do that (docs/decisions/0024). */
const NOT_ALLOWED = '42501';

/** What went wrong as one sentence for a person, or undefined for a fault of this program itself. */
export function sentenceOf(error: unknown): string | undefined {
  if (error instanceof GatewayError) return error.message;
  const fault = systemFaultOf(error);
  if (fault !== undefined) {
    const { place, reason, advice } = fault;
    return `${place === '' ? 'A file or connection cannot be used' : place}: ${reason}. ${advice}`;
  }
  if (!(error instanceof Error)) return undefined;
  if (sqlStateOf(error) === NOT_ALLOWED)
    return `The database says: ${error.message}. Only its owner may do that: set the owner's URL in KALABARG_OWNER_DATABASE_URL.`;
  const { code = '' } = error as { code?: string };
  if (sqlStateOf(error) !== undefined) return `The database says: ${error.message} (${code}).`;
  // Of the codec, the HSM and whatever else says what to do: their names end so, and their codes have a part for it.
  return error.name === 'CodecError' || /^[a-z0-9-]+\.[a-z0-9.-]+$/.test(code) ? error.message : undefined;
}

/** Tells a person, or with `--json` a program, what went wrong, on standard error. */
export function tellFault(error: unknown, json = process.argv.includes('--json')): void {
  const sentence = sentenceOf(error);
  if (json) {
    const code = systemFaultOf(error)?.code ?? (error as { code?: unknown } | null)?.code;
    console.error(
      JSON.stringify({
        error: { code: typeof code === 'string' ? code : 'fault', message: sentence ?? messageOf(error) },
      }),
    );
    return;
  }
  if (sentence !== undefined) console.error(`kalabarg: ${sentence}`);
  else {
    console.error('kalabarg: a fault of this program; please report it with what follows.');
    console.error(error instanceof Error ? (error.stack ?? error.message) : messageOf(error));
  }
}
