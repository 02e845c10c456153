import type { Message } from '../codec/index.ts';
import { keySchemeOf } from '../field/key-scheme.ts';
import type { TerminalRecord } from '../merchants/index.ts';
import { checkDukpt, type DukptCheck } from './dukpt.ts';
import { checkMac, type MacCheck, type MessageKeys } from './mac.ts';
import type { Ports } from './ports.ts';
import type { Security } from '../profiles/index.ts';

export type Authenticated =
  | (Extract<DukptCheck, { kind: 'refused' }> & { readonly why?: string })
  /** `own`: what answers are MACed under, a refusal too. */
  | { readonly kind: 'checked'; readonly own: MessageKeys | undefined; readonly mac: MacCheck };

/** Checks the MAC of a request, by the key scheme of DE 53: DUKPT, else the terminal's session keys. A terminal that has a key scheme
 *  keeps to it (decision 35).
 *  @param body the whole message
 *  @param security what the message says of its keys, where its profile has that
 *  @param isNetwork whether it may come before there are keys */
export async function authenticate(
  request: Message,
  body: Buffer,
  terminal: TerminalRecord,
  security: Security,
  isNetwork: boolean,
  ports: Ports,
  now: number,
): Promise<Authenticated> {
  if (!keepsScheme(security.scheme, terminal.keyScheme, isNetwork)) return otherScheme(security.schemePath);
  const scheme = keySchemeOf(security.scheme);
  if (scheme?.keys === 'dukpt') return checkDukpt(request, body, security, scheme, ports.bdks, ports.hsm);
  const mac = await checkMac(request, body, terminal, ports.hsm, now);
  if (mac.kind === 'good' || (mac.kind === 'absent' && terminal.keys !== undefined)) {
    return { kind: 'checked', own: terminal.keys, mac };
  }
  // Another copy of the gateway may have given it new keys this moment: the terminal is faster than the notice of it.
  const fresh = await ports.directory.reread(terminal.terminal);
  if (fresh === undefined || fresh === terminal) return { kind: 'checked', own: terminal.keys, mac };
  return { kind: 'checked', own: fresh.keys, mac: await checkMac(request, body, fresh, ports.hsm, now) };
}

function otherScheme(path: string): Authenticated {
  return { kind: 'refused', rc: '30', path, why: 'DE 53 is not the key scheme of the terminal' };
}

/** Without DE 53 a message is of session keys, or has no MAC yet. */
function keepsScheme(de53: string | undefined, own: string | undefined, isNetwork: boolean): boolean {
  const scheme = keySchemeOf(own);
  if (scheme === undefined) return true;
  if (de53 === undefined) return scheme.keys === 'session' || isNetwork;
  return keySchemeOf(de53) === scheme;
}

/** Why a request is not let in, as a response code and for the log. */
export interface NotAdmitted {
  readonly rc: '63' | '76';
  readonly why: string;
}

/** wire.md 8: no keys yet is RC 76, a wrong or missing MAC 63. Sign-on, echo and key download must work without.
 *  @param networkCode see `Profile` */
export function admission(
  networkCode: string | undefined,
  own: MessageKeys | undefined,
  mac: MacCheck,
): NotAdmitted | undefined {
  if (networkCode === '101') return undefined; // the certificate speaks for the terminal
  if (mac.kind === 'good') return undefined;
  // a version report is taken of whom it is about: of it the MAC says who that is
  const network = networkCode !== undefined && networkCode !== '902';
  if (own === undefined) return network ? undefined : NO_KEYS;
  if (mac.kind === 'wrong') return WRONG_MAC;
  return network ? undefined : NO_MAC;
}

const NO_KEYS: NotAdmitted = { rc: '76', why: 'the terminal has no session keys yet' };
const NO_MAC: NotAdmitted = { rc: '63', why: 'it has no MAC' };
const WRONG_MAC: NotAdmitted = { rc: '63', why: 'its MAC is wrong' };
