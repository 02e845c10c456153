/** A terminal of the registry (terminals.md 1). Its state follows from its row in the database and is written nowhere
 *  (migrations/0730_terminal_registry.sql). */

/** In the order in which a terminal goes through them. `keyed`: it has its master key. `certified`: it has a certificate that holds, and its kind
 *  of device has passed certification. `active`: it was heard, whatever it is. `blocked` gives back and advises, `retired` and `lost` are the end. */
export const TERMINAL_STATES = ['registered', 'keyed', 'certified', 'active', 'blocked', 'retired', 'lost'] as const;
export type TerminalState = (typeof TERMINAL_STATES)[number];

export const VERDICTS = ['passed', 'failed', 'none'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What is installed of one component, as the terminal's last version report said (terminals.md 3). */
export interface InstalledComponent {
  readonly file: string;
  readonly counter: number;
  readonly sha256?: string;
  readonly slot?: string;
}

/** Instants are ISO 8601 in UTC. */
export interface Terminal {
  /** DE 41. */
  readonly terminal: string;
  /** DE 42 of its shop. */
  readonly merchant: string;
  readonly state: TerminalState;
  readonly profile: string;
  /** `01` to `04` as in DE 53; null: any. */
  readonly keyScheme: string | null;
  readonly serial: string | null;
  readonly model: string | null;
  readonly psp: string | null;
  readonly place: string | null;
  /** DE 48 tag 02 as it last said it, else as its reference file says. */
  readonly software: string | null;
  readonly components: Readonly<Record<string, InstalledComponent>>;
  /** Of its two slots the one that runs. */
  readonly slot: string | null;
  readonly registeredAt: string;
  readonly lastContactAt: string | null;
  /** How far its clock is ahead of ours, by DE 7. */
  readonly driftMs: number | null;
  /** When its master key came, and its session keys. */
  readonly masterKeyAt: string | null;
  readonly sessionKeysAt: string | null;
  /** Of its certificates that are not revoked the last end; null: we know of none. */
  readonly certificateEnds: string | null;
  /** What certification says of its model with its software in its profile: the newest verdict that holds, or that there is none; null: its
   *  model or software is not known. */
  readonly certification: Verdict | null;
  readonly endedAt: string | null;
  readonly endReason: string | null;
  readonly nextMove: { readonly merchant: string; readonly onDay: string } | null;
  /** Of what people change: for If-Match. */
  readonly version: number;
}
