/** How a terminal's PINs and MACs get their keys: the first two digits of DE 53 (wire.md 3), and `key_scheme` of terminals.csv. */
export interface KeyScheme {
  /** `session`: keys that an 0800/101 brings; `dukpt`: of each transaction, by its KSN. */
  readonly keys: 'session' | 'dukpt';
  readonly algorithm: 'TDES' | 'AES';
  /** Bytes of a KSN; zero where there is none. */
  readonly ksnBytes: number;
}

const SCHEMES: Readonly<Record<string, KeyScheme>> = {
  '01': { keys: 'session', algorithm: 'TDES', ksnBytes: 0 },
  '02': { keys: 'session', algorithm: 'AES', ksnBytes: 0 },
  '03': { keys: 'dukpt', algorithm: 'TDES', ksnBytes: 10 },
  '04': { keys: 'dukpt', algorithm: 'AES', ksnBytes: 12 },
};

export const KEY_SCHEMES: readonly string[] = Object.keys(SCHEMES);

/** @param name two digits, or a DE 53 that begins with them
 *  @returns undefined where there is none, or none of this name */
export function keySchemeOf(name: string | undefined): KeyScheme | undefined {
  return name === undefined ? undefined : SCHEMES[name.slice(0, 2)];
}

/** Whether a DE 53 names a key scheme: two digits, the rest zero. */
export function isSecurityControl(de53: string): boolean {
  return /^\d\d0{14}$/.test(de53) && keySchemeOf(de53) !== undefined;
}
