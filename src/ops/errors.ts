/** A fault that a person must act on. Expected outcomes (declines, refusals) are values, never errors.
 *  `code` is stable and greppable (`config.invalid`, `port.taken`); `message` says what to do. */
export class GatewayError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'GatewayError';
    this.code = code;
  }
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
