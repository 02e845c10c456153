import type { TerminalRecord } from '../../merchants/index.ts';
import type { Peer } from '../../net/index.ts';
import type { Answer, Transaction } from '../../profiles/index.ts';
import type { Refuse } from '../answer.ts';
import { TERMINAL_BLOCKED, TOO_MANY } from '../screen-text.ts';
import type { Guard } from './guard.ts';
import type { GuardedEvent } from './rules.ts';

/** The guard over one request. */
export interface Watch {
  /** The MAC is wrong.
   *  @returns the refusal that takes the place of 63, for a terminal that is blocked */
  wrongMac(): Answer | undefined;
  /** Before the request is decided: a refusal of what may not be asked now. Of purchases the ledger refuses those of a blocked
   *  terminal itself, since their repeats must get the answers they had; reversals and advices are always taken (wire.md 9.3). */
  admit(tx: Transaction): Answer | undefined;
  /** After it was decided. */
  note(rc: string): void;
}

export function watch(guard: Guard, terminal: TerminalRecord, peer: Peer, refuse: Refuse, now: number): Watch {
  const count = (event: GuardedEvent): boolean => {
    const address = peer.remote.slice(0, peer.remote.lastIndexOf(':'));
    return guard.count(event, { terminal: terminal.terminal, merchant: terminal.merchant, address }, now) !== undefined;
  };
  return {
    wrongMac() {
      if (terminal.blocked) return refuse('58', undefined, TERMINAL_BLOCKED);
      count('wrong-mac');
      return undefined;
    },
    admit(tx) {
      if (tx.kind !== 'quote') return undefined;
      if (terminal.blocked) return refuse('58', undefined, TERMINAL_BLOCKED);
      const beyond = count('inquiry') || (tx.reserve && count('reservation'));
      return beyond ? refuse('65', undefined, TOO_MANY) : undefined;
    },
    note(rc) {
      if (rc === '14') count('unknown-card');
      else if (rc === '55' || rc === '75') count('wrong-pin');
    },
  };
}
