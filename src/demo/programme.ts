import { luhnDigit } from '../field/pan.ts';

/** The demo programme (wire.md 8): what `npm start` seeds and the simulators know by heart. Test values, not secrets. */

/** TDES TMK of terminals 10000001-10000020 (KCV 08D7B4), hex. */
const TDES_TMK = '0123456789ABCDEFFEDCBA9876543210';
/** AES-128 TMK of terminals 10000021-10000030, hex. */
const AES_TMK = '000102030405060708090A0B0C0D0E0F';

export interface DemoTerminal {
  readonly terminal: string;
  readonly merchant: string;
  readonly algorithm: 'TDES' | 'AES';
  /** Clear TMK, 16 bytes. */
  readonly tmk: Buffer;
}

/** Ten to a merchant; but the last five, of AES, belong to the first, because the third is not approved. */
function merchantOf(index: number): number {
  return index >= 25 ? 1 : Math.floor(index / 10) + 1;
}

/** The 30 demo terminals. */
export const DEMO_TERMINALS: readonly DemoTerminal[] = Array.from({ length: 30 }, (_, index) => ({
  terminal: String(10_000_001 + index),
  merchant: String(merchantOf(index)).padStart(15, '0'),
  algorithm: index < 20 ? 'TDES' : 'AES',
  tmk: Buffer.from(index < 20 ? TDES_TMK : AES_TMK, 'hex'),
}));

/** The name that the demo's shops have in the books. */
export function demoShop(merchant: string): string {
  return `فروشگاه نمونه ${String.fromCharCode(0x6f0 + Number(merchant))}`;
}

/** Models that the demo's devices are of, and what becomes of each. */
export const DEMO_MODELS = [
  { model: 'N-910', becomes: 'update' },
  { model: 'N-520', becomes: 'replacement' },
  { model: 'N-930', becomes: 'update' },
] as const;

/** As the list of a PSP has them: the same numbers, ten devices of each model. */
export const DEMO_FIELD_DEVICES = DEMO_TERMINALS.map(({ terminal }, index) => {
  const { model } = DEMO_MODELS[Math.floor(index / 10) as 0 | 1 | 2];
  return { number: terminal, psp: 'شرکت پرداخت نمونه', model, serial: `${model.replace('-', '')}${terminal}` };
});

export const DEMO_HOUSEHOLDS = 1_000;
export const DEMO_PIN = '1234';
/** YYMM of every demo card. */
export const DEMO_EXPIRY = '2912';

/** The PAN of household n (1-1000): `603799` + n in nine digits + Luhn digit. */
export function demoPan(household: number): string {
  const body = '603799' + String(household).padStart(9, '0');
  return body + String(luhnDigit(body));
}

export function demoTrack2(household: number): string {
  return `${demoPan(household)}=29122010000000000`;
}

/** The zone master key that the gateway and the bank switch simulator share: 16 bytes, TDES. */
export const DEMO_ZMK = Buffer.from('133457799BBCDFF1FEDCBA9876543210', 'hex');

/** What the key of a new terminal travels under in the demo: 32 bytes, AES. Vendors put such a key into a device before it leaves them. */
export const DEMO_TRANSPORT_KEY = Buffer.from(
  '88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6',
  'hex',
);

/** Under this name the gateway has it. */
export const DEMO_TRANSPORT = 'zmk:terminals';
