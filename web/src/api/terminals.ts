import { queryOptions } from '@tanstack/react-query';
import type { Static } from 'typebox';
import type { TerminalBody, TerminalRead } from '../../../src/console/api/terminal-schemas.ts';
import { change, read, type Read } from './client.ts';

export type Terminal = Static<typeof TerminalBody>;
export type WholeTerminal = Static<typeof TerminalRead>;

const pathOf = (terminal: string): string => `/terminals/${encodeURIComponent(terminal)}`;

export const readTerminal = (terminal: string): Promise<Read<WholeTerminal>> => read(pathOf(terminal));

export const terminalQuery = (terminal: string) =>
  queryOptions({ queryKey: ['/terminals', terminal], queryFn: () => readTerminal(terminal) });

/** What stops a terminal, or lets it go on: rests on nothing that was read. */
export type StopAct = 'block' | 'unblock' | 'lost' | 'retire';

export const stopTerminal = (terminal: string, act: StopAct, reason: string, key: string): Promise<Terminal> =>
  change(`${pathOf(terminal)}/${act}`, { body: { reason }, key });

export const registerTerminal = (body: object, sent: { key: string }): Promise<Terminal> =>
  change('/terminals', { body, ...sent });
export const moveTerminal = (terminal: string, body: object, sent: { etag: string | undefined; key: string }): Promise<Terminal> => change(`${pathOf(terminal)}/move`, { body, ...sent }); // prettier-ignore
/** Every certificate of it. */
export const revokeTerminal = (terminal: string, why: string, reason: string, key: string): Promise<unknown> =>
  change(`${pathOf(terminal)}/revoke`, { body: { why, reason }, key });

export const changeTerminal = (
  terminal: string,
  about: { readonly reason: string; readonly place?: string | null },
  { etag, key }: { readonly etag: string | undefined; readonly key: string },
): Promise<Terminal> => change(pathOf(terminal), { method: 'PATCH', body: about, etag, key });
