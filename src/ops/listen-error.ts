import { GatewayError, reasonOf } from './errors.ts';

/** What to tell a person whose port cannot be had. */
export function listenError(error: NodeJS.ErrnoException, port: number, setting: string): GatewayError {
  const why = error.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be had (${reasonOf(error)})`;
  return new GatewayError('port.taken', `Port ${port} ${why}. Free it, or choose another with ${setting}=<port>.`, {
    cause: error,
  });
}
