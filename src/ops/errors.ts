import { printable } from './printable.ts';
import { systemFaultOf } from './system-errors.ts';

/** A fault that a person must act on. Expected outcomes (declines, refusals) are values, never errors.
 *  `code` is stable and greppable (`config.invalid`, `port.taken`); `message` says what to do; what it
 *  quotes cannot command a terminal. */
export class GatewayError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(printable(message), options);
    this.name = 'GatewayError';
    this.code = code;
  }
}

/** The text of anything thrown; of what the operating system reports, in words and with its place. */
export function messageOf(error: unknown): string {
  // A name with several addresses, none of which can be reached: Node.js leaves the text of the whole empty.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  const fault = systemFaultOf(error);
  if (fault !== undefined) return fault.place === '' ? fault.reason : `${fault.place}: ${fault.reason}`;
  return error instanceof Error ? error.message : String(error);
}

/** The same without the place, for a message that names it. */
export function reasonOf(error: unknown): string {
  return systemFaultOf(error)?.reason ?? messageOf(error);
}

/** `/x cannot be read: there is no such file or folder. Check the path.` */
export function fileFault(file: string, cannotBe: 'read' | 'written' | 'opened', error: unknown): string {
  const fault = systemFaultOf(error);
  const advice = fault === undefined ? '' : ` ${fault.advice}`;
  return `${file} cannot be ${cannotBe}: ${reasonOf(error)}.${advice}`;
}

const SQLSTATE = /^(?:\d[0-9A-Z]{4}|[A-Z]{2}\d{3}|P0\d{3})$/;

/** The SQLSTATE of an error that PostgreSQL itself reported; undefined for every other, such as a connection that broke (EPIPE). */
export function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && SQLSTATE.test(code) ? code : undefined;
}
