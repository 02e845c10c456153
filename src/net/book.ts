import type { Limits } from './limits.ts';
import type { Session } from './session.ts';
import type { Lane, Turns } from './turns.ts';

/** All that one certificate has here. */
export interface Holder {
  readonly terminal: string;
  readonly lane: Lane;
  readonly sessions: Set<Session>;
  /** Its connections to the other processes. */
  elsewhere: number;
}

/** The other processes that serve the same terminals. */
export interface Neighbours {
  /** How many connections a terminal has here now. */
  readonly onTerminal: (terminal: string, connections: number) => void;
  readonly follow: (listener: NeighboursListener) => void;
}

export interface NeighboursListener {
  /** How many a terminal has elsewhere. */
  readonly elsewhere: (terminal: string, connections: number) => void;
  /** A terminal has too many in all, and most of them here: one gives way. */
  readonly displace: (terminal: string) => void;
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
    neighbours?.follow({
      elsewhere: (terminal, connections) => {
        const holder = this.#holders.get(terminal);
        if (holder === undefined) return;
        holder.elsewhere = connections;
        share(holder);
      },
      displace: (terminal) => {
        const holder = this.#holders.get(terminal);
        if (holder !== undefined) this.#displace('terminal-full', holder);
      },
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
    if (holder.sessions.size >= this.#limits.maxConnectionsPerTerminal && !this.#displace('terminal-full', holder)) {
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
    this.#changed(holder);
  }

  remove(holder: Holder, session: Session): void {
    if (!holder.sessions.delete(session)) return;
    this.#count--;
    this.#changed(holder);
  }

  /** Forgets who has left and whose rate has recovered: not sooner, so that dialling again earns nothing. */
  sweep(): void {
    for (const [terminal, { sessions, lane }] of this.#holders) {
      if (sessions.size === 0 && lane.rested) this.#holders.delete(terminal);
    }
  }

  #open(terminal: string): Holder {
    const lane = this.#turns.lane(this.#limits.terminalRequestsPerSecond);
    const holder = { terminal, lane, sessions: new Set<Session>(), elsewhere: 0 };
    this.#holders.set(terminal, holder);
    return holder;
  }

  #changed(holder: Holder): void {
    if (this.#neighbours === undefined) return;
    if (holder.sessions.size === 0) holder.elsewhere = 0; // it is told again
    share(holder);
    this.#neighbours.onTerminal(holder.terminal, holder.sessions.size);
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

/** A certificate's rate goes to the processes as its connections do. */
function share({ lane, sessions, elsewhere }: Holder): void {
  if (sessions.size > 0) lane.share(sessions.size / (sessions.size + elsewhere));
}
