import type { Certificates } from '../ops/certificate-check.ts';
import type { Clock } from '../ops/clock.ts';
import type { Config } from '../ops/config.ts';
import type { Logging } from '../ops/log.ts';
import type { Parts } from '../ops/parts.ts';
import type { Random } from '../ops/random.ts';
import type { Member } from './crew/index.ts';
import type { RegistrySettings } from '../registries/index.ts';
import type { Served } from '../ops/serving.ts';

export interface GatewayOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  /** The same as the owner of the tables, who brings them to this version; empty: the role of databaseUrl is it, or they are. */
  readonly ownerDatabaseUrl: string;
  /** Undefined: neither terminals nor HTTPS are served here. */
  readonly certificates: Certificates | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logging: Logging;
  /** Seed the demo programme and its terminal keys. */
  readonly demo: boolean;
  /** What this process serves (default: everything). */
  readonly only?: readonly Served[] | undefined;
  /** Processes that serve terminals for this one, which does the rest (default: none). */
  readonly workers?: number | undefined;
  /** This process is one of them. */
  readonly member?: Member | undefined;
  /** Registries that are asked where `<data>/registries.yaml` describes none. */
  readonly registries?: RegistrySettings;
  /** What comes up is put here; whoever starts the gateway closes them, also where a later one cannot come up. */
  readonly parts: Parts;
}

export interface Gateway {
  /** Undefined: terminals are not served here. */
  readonly terminalPort: number | undefined;
  /** Resolves when purchases can be made.
   *  @throws GatewayError `gateway.not-ready` after 30 s, saying what is missing */
  ready(): Promise<void>;
  /** Reads the certificates again: new connections get the new ones.
   *  @throws GatewayError `certificate.invalid`; then the old ones stay */
  reload(): void;
}
