import type { Limits } from './limits.ts';
import type { Session } from './session.ts';
import type { Lane, Turns } from './turns.ts';

/** All that one certificate has here. */
export interface Holder {
  readonly terminal: string;
  readonly lane: Lane;
  readonly sessions: Set<Session>;
  /** Its part of what one certificate may have, where it is connected to several processes. */
  most: number;
}

/** The other processes that serve the same terminals. */
export interface Neighbours {
  /** A terminal has its first connection here, or no longer any. */
  readonly onTerminal: (terminal: string, here: boolean) => void;
  /** @param listener told to how many processes a terminal is connected now */
  readonly follow: (listener: (terminal: string, processes: number) => void) => void;
}

/** Why a connection was closed for the sake of a limit: a closed set, for metrics. */
export type BookRefusal = 'terminal-full' | 'full';

/** Who is connected. Keeps room: of one certificate, and of all. */
export class Book {
  readonly #limits: Limits;
  readonly #turns: Turns;
  readonly #holders = new Map<string, Holder>();
  readonly #onDisplaced: (reason: BookRefusal, session: Session) => void;
  readonly #neighbours: Neighbours | undefined;
  #count = 0;

  /** @param onDisplaced a connection that must give way: to be ended at once */
  constructor(
    limits: Limits,
    turns: Turns,
    onDisplaced: (reason: BookRefusal, session: Session) => void,
    neighbours?: Neighbours,
  ) {
    this.#limits = limits;
    this.#turns = turns;
    this.#onDisplaced = onDisplaced;
    this.#neighbours = neighbours;
    neighbours?.follow((terminal, processes) => {
      this.#among(terminal, processes);
    });
  }

  get count(): number {
    return this.#count;
  }

  *sessions(): Iterable<Session> {
    for (const { sessions } of this.#holders.values()) yield* sessions;
  }

  /** A place for one more connection of this certificate. A terminal that dials again after its line broke displaces the
   *  connection that it has used least lately, if nothing is at work there; and a terminal that has none displaces one of
   *  whoever has most.
   *  @returns why there is no place, or the holder */
  place(terminal: string): Holder | BookRefusal {
    const holder = this.#holders.get(terminal) ?? this.#open(terminal);
    if (holder.sessions.size >= holder.most && !this.#displace('terminal-full', holder)) {
      return 'terminal-full';
    }
    if (this.#count >= this.#limits.maxConnections) {
      const heaviest = holder.sessions.size === 0 ? this.#heaviest() : undefined;
      if (heaviest === undefined || !this.#displace('full', heaviest)) return 'full';
    }
    return holder;
  }

  add(holder: Holder, session: Session): void {
    holder.sessions.add(session);
    this.#count++;
    if (holder.sessions.size === 1) this.#neighbours?.onTerminal(holder.terminal, true);
  }

  remove(holder: Holder, session: Session): void {
    if (!holder.sessions.delete(session)) return;
    this.#count--;
    if (holder.sessions.size === 0) this.#neighbours?.onTerminal(holder.terminal, false);
  }

  /** Forgets who has left and whose rate has recovered: not sooner, so that dialling again earns nothing. */
  sweep(): void {
    for (const [terminal, { sessions, lane }] of this.#holders) {
      if (sessions.size === 0 && lane.rested) this.#holders.delete(terminal);
    }
  }

  #open(terminal: string): Holder {
    const lane = this.#turns.lane(this.#limits.terminalRequestsPerSecond);
    const holder = { terminal, lane, sessions: new Set<Session>(), most: this.#limits.maxConnectionsPerTerminal };
    this.#holders.set(terminal, holder);
    return holder;
  }

  /** What one certificate may have is divided; what is over its part here gives way, the least used first. */
  #among(terminal: string, processes: number): void {
    const holder = this.#holders.get(terminal);
    if (holder === undefined) return;
    holder.lane.divide(processes);
    holder.most = Math.max(1, Math.floor(this.#limits.maxConnectionsPerTerminal / processes));
    while (holder.sessions.size > holder.most && this.#displace('terminal-full', holder));
  }

  #displace(reason: BookRefusal, holder: Holder): boolean {
    let idlest: Session | undefined;
    for (const session of holder.sessions) {
      if (!session.busy && (idlest === undefined || session.usedAt < idlest.usedAt)) idlest = session;
    }
    if (idlest === undefined) return false;
    this.remove(holder, idlest);
    this.#onDisplaced(reason, idlest);
    return true;
  }

  /** Who has most connections, if that is more than one. */
  #heaviest(): Holder | undefined {
    let most: Holder | undefined;
    for (const holder of this.#holders.values()) {
      if (holder.sessions.size > (most?.sessions.size ?? 1)) most = holder;
    }
    return most;
  }
}
