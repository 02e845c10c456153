import { HsmError } from './errors.ts';
import type { DukptKey, KeyAlgorithm, KeyRef, KeySpec, KeyUsage, PinBlockFormat } from './hsm.ts';

export function isDukpt(key: KeyRef | DukptKey): key is DukptKey {
  return 'bdk' in key;
}

/** What a key may be asked to do. */
export type Operation =
  | 'decrypt-pin'
  | 'encrypt-pin'
  | 'generate-mac'
  | 'verify-mac'
  | 'encrypt-data'
  | 'decrypt-data'
  | 'wrap-block'
  | 'unwrap-block'
  | 'wrap-variant'
  | 'unwrap-variant'
  | 'derive-dukpt'
  | 'verify-pvv'
  | 'verify-3624'
  | 'cvv'
  | 'emv';

interface Rule {
  readonly usages: readonly KeyUsage[];
  /** X9.143 modes of use that allow it; `N` (no restriction) always does. */
  readonly modes: string;
}

const RULES: Readonly<Record<Operation, Rule>> = {
  'decrypt-pin': { usages: ['P0'], modes: 'BD' },
  'encrypt-pin': { usages: ['P0'], modes: 'BE' },
  'generate-mac': { usages: ['M1', 'M3', 'M6'], modes: 'CG' },
  'verify-mac': { usages: ['M1', 'M3', 'M6'], modes: 'CV' },
  'encrypt-data': { usages: ['D0'], modes: 'BE' },
  'decrypt-data': { usages: ['D0'], modes: 'BD' },
  'wrap-block': { usages: ['K1'], modes: 'BE' },
  'unwrap-block': { usages: ['K1'], modes: 'BD' },
  'wrap-variant': { usages: ['K0'], modes: 'BE' },
  'unwrap-variant': { usages: ['K0'], modes: 'BD' },
  'derive-dukpt': { usages: ['B0'], modes: 'X' },
  'verify-pvv': { usages: ['V2'], modes: 'CV' },
  'verify-3624': { usages: ['V1'], modes: 'CV' },
  cvv: { usages: ['C0'], modes: 'CV' },
  emv: { usages: ['E0'], modes: 'X' },
};

/** Usage is bound: a MAC key cannot decrypt.
 *  @throws HsmError `key.usage`, `key.mode` */
export function demand(operation: Operation, usage: KeyUsage, mode: string): void {
  demandUsage(operation, usage);
  if (mode !== 'N' && !RULES[operation].modes.includes(mode)) {
    throw new HsmError('key.mode', `The key's mode of use ${mode} does not let it ${operation}.`);
  }
}

/** The usage alone, for back-ends that check the mode themselves.
 *  @throws HsmError `key.usage` */
export function demandUsage(operation: Operation, usage: KeyUsage): void {
  const rule = RULES[operation];
  if (!rule.usages.includes(usage)) {
    throw new HsmError(
      'key.usage',
      `A key of usage ${usage} may not ${operation}: that takes ${rule.usages.join(' or ')}.`,
    );
  }
}

/** The mode of use of a key made here. */
export function defaultMode(usage: KeyUsage): string {
  if (usage === 'B0' || usage === 'E0') return 'X';
  return 'PDK'.includes(usage.charAt(0)) ? 'B' : 'C';
}

/** @throws HsmError `key.spec` for what is no key of X9.143 */
export function checkSpec({ usage, algorithm, bits }: KeySpec): void {
  const length = algorithm === 'TDES' ? bits !== 256 : true;
  // Retail MACs, PVV, 3624, CVV and TDES DUKPT are defined for double-length TDES keys only; EMV master keys too.
  const double = usage === 'M3' || 'CVE'.includes(usage.charAt(0)) || (usage === 'B0' && algorithm === 'TDES');
  if (length && (!double || (algorithm === 'TDES' && bits === 128))) return;
  throw new HsmError('key.spec', `${algorithm} of ${bits} bits is not a key of usage ${usage}.`);
}

/** @throws HsmError `key.spec` for the letter of a key block's algorithm that we have no use for */
export function algorithmOf(letter: string): KeyAlgorithm {
  if (letter === 'T') return 'TDES';
  if (letter === 'A') return 'AES';
  throw new HsmError('key.spec', `Key algorithm ${letter} is not supported.`);
}

const USAGES: readonly KeyUsage[] = ['B0', 'C0', 'D0', 'E0', 'K0', 'K1', 'M1', 'M3', 'M6', 'P0', 'V1', 'V2'];

/** @throws HsmError `key.usage` when the text of a key block names a usage we have no use for */
export function usageOf(text: string): KeyUsage {
  const usage = USAGES.find((known) => known === text);
  if (usage === undefined) throw new HsmError('key.usage', `Key usage ${text} is not supported.`);
  return usage;
}

/** A key never travels under a weaker one (X9.24-1:2017 7.5.1).
 *  @throws HsmError `key.strength` */
export function checkTransport(key: KeySpec, protection: KeySpec): void {
  if (strength(key.algorithm, key.bits) <= strength(protection.algorithm, protection.bits)) return;
  throw new HsmError(
    'key.strength',
    `${key.algorithm} of ${key.bits} bits must not travel under ${protection.algorithm} of ${protection.bits} bits.`,
  );
}

/** Security strength in bits (NIST SP 800-57 part 1 table 2). */
function strength(algorithm: KeyAlgorithm, bits: number): number {
  if (algorithm === 'AES') return bits;
  return bits === 192 ? 112 : 80;
}

/** PCI PIN requirement 3 and ISO 9564-1:2017 table 2: a block that is bound to a PAN never becomes one that is not.
 *  @throws HsmError `pin.format` */
export function checkTranslation(from: PinBlockFormat, to: PinBlockFormat): void {
  if (to !== 1 || from === 1) return;
  throw new HsmError('pin.format', `PIN block format ${from} must not become format 1, which no PAN protects.`);
}
