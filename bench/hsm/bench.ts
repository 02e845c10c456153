import { cpus, loadavg } from 'node:os';
import {
  encryptPinBlock,
  softwareHsm,
  unwrapKeyBlock,
  type KeySpec,
  type PinTranslation,
} from '../../src/hsm/index.ts';
import { bareCmac, bareRetailMac, bareTranslate, bareTranslateAes } from './bare.ts';
import { openPayshield, openPkcs11, type Opened } from './backends.ts';
import { measure, type Measured } from './measure.ts';

const PAN = '6037990000000072';
/** Calls that are under way at once: a busy gateway's. */
const BATCH = 256;
const KBPK = Buffer.from('0123456789ABCDEFFEDCBA98765432100011223344556677', 'hex');
const AES_KBPK = Buffer.alloc(32, 0xa5);
/** No back-end may hold the event loop for longer. */
const MAX_TURN_MS = 5;
const GOALS: Readonly<Record<string, number>> = {
  'translate PIN, TDES 0 to 0': 25_000,
  'retail MAC, 200 bytes': 40_000,
};

/** Measures the software back-end beside bare node:crypto, in one process on one core, and how long each back-end holds the
 *  event loop; says whether goals are met. */
export async function run(): Promise<void> {
  const hsm = softwareHsm({ lmk: Buffer.alloc(32, 1) });
  const key = async (spec: KeySpec) => {
    const ref = await hsm.generateKey(spec);
    const aes = spec.algorithm === 'AES';
    const clear = aes ? AES_KBPK : KBPK;
    const kbpkSpec = aes
      ? ({ usage: 'K1', algorithm: 'AES', bits: 256 } as const)
      : ({ usage: 'K1', algorithm: 'TDES', bits: 192 } as const);
    const kbpk = await hsm.formKey(kbpkSpec, [clear, Buffer.alloc(clear.length)]);
    return { ref, clear: unwrapKeyBlock(await hsm.exportKeyBlock(ref, kbpk), clear).key };
  };
  const tpk = await key({ usage: 'P0', algorithm: 'TDES', bits: 128 });
  const zpk = await key({ usage: 'P0', algorithm: 'TDES', bits: 128 });
  const aesTpk = await key({ usage: 'P0', algorithm: 'AES', bits: 128 });
  const tak = await key({ usage: 'M3', algorithm: 'TDES', bits: 128 });
  const aesTak = await key({ usage: 'M6', algorithm: 'AES', bits: 128 });
  const bdk = await hsm.generateKey({ usage: 'B0', algorithm: 'TDES', bits: 128 });
  const data = Buffer.alloc(200, 0x5a);
  const block = encryptPinBlock(tpk.clear, 'TDES', 0, '1234', PAN);
  const aesBlock = encryptPinBlock(aesTpk.clear, 'AES', 4, '1234', PAN);
  const tdes: PinTranslation = { block, pan: PAN, from: tpk.ref, fromFormat: 0, to: zpk.ref, toFormat: 0 };
  const aes: PinTranslation = { block: aesBlock, pan: PAN, from: aesTpk.ref, fromFormat: 4, to: zpk.ref, toFormat: 0 };
  const dukpt = { bdk, ksn: Buffer.from('FFFF9876543210E00F0F', 'hex') };

  report([
    await pair(
      'translate PIN, TDES 0 to 0',
      () => hsm.translatePin(tdes),
      () => bareTranslate(tpk.clear, zpk.clear, block),
    ),
    await pair(
      'translate PIN, AES 4 to TDES 0',
      () => hsm.translatePin(aes),
      () => bareTranslateAes(aesTpk.clear, zpk.clear, aesBlock),
    ),
    await pair(
      'retail MAC, 200 bytes',
      () => hsm.generateMac(tak.ref, data),
      () => bareRetailMac(tak.clear, data),
    ),
    await pair(
      'AES CMAC, 200 bytes',
      () => hsm.generateMac(aesTak.ref, data),
      () => bareCmac(aesTak.clear, data),
    ),
    await pair('retail MAC, 200 bytes, TDES DUKPT', () => hsm.generateMac(dukpt, data)),
    ...(await others('payshield (simulator)', await openPayshield())),
    ...(await others('pkcs11 (SoftHSM)', await openPkcs11())),
  ]);
  await hsm.close();
}

/** The HSMs behind a socket or a library: how fast they are is theirs, what they do to our event loop is ours. */
async function others(name: string, opened: Opened | undefined): Promise<Pair[]> {
  if (opened === undefined) return [];
  const { hsm } = opened;
  const clear = KBPK.subarray(0, 16);
  const pin = await opened.known({ usage: 'P0', algorithm: 'TDES', bits: 128 }, clear);
  const mac = await opened.known({ usage: 'M3', algorithm: 'TDES', bits: 128 }, clear);
  const block = encryptPinBlock(clear, 'TDES', 0, '1234', PAN);
  const request: PinTranslation = { block, pan: PAN, from: pin, fromFormat: 0, to: pin, toFormat: 0 };
  const data = Buffer.alloc(200, 0x5a);
  const pairs = [
    await pair(`${name}: translate PIN`, () => hsm.translatePin(request)),
    await pair(`${name}: retail MAC`, () => hsm.generateMac(mac, data)),
  ];
  await opened.close();
  return pairs;
}

interface Pair {
  readonly ours: Measured;
  readonly bare?: Measured;
}

async function pair(name: string, ours: () => Promise<unknown>, bare?: () => unknown): Promise<Pair> {
  const measured = await measure(name, BATCH, async () => {
    await Promise.all(Array.from({ length: BATCH }, ours));
  });
  if (bare === undefined) return { ours: measured };
  const other = await measure(name, BATCH, () => {
    for (let i = 0; i < BATCH; i++) bare();
  });
  return { ours: measured, bare: other };
}

function report(pairs: readonly Pair[]): void {
  const [load = 0] = loadavg();
  const busy =
    load > cpus().length ? `; load ${load.toFixed(1)}: others hold the cores, and turns look longer than they are` : '';
  console.log(`${cpus()[0]?.model ?? 'unknown'}, Node.js ${process.versions.node}, one process${busy}\n`);
  for (const { ours, bare } of pairs) {
    const rate = `${Math.round(ours.perSecond).toLocaleString('en')}/s`;
    const ratio = bare === undefined ? '' : `  ${(ours.perSecond / bare.perSecond).toFixed(2)} of bare node:crypto`;
    const wanted = GOALS[ours.name];
    const floor = Math.min(wanted ?? 0, bare === undefined ? Infinity : 0.8 * bare.perSecond);
    const fast = wanted === undefined || ours.perSecond >= floor;
    const verdict = fast && ours.longestMs <= MAX_TURN_MS ? 'good' : 'GOAL MISSED';
    console.log(
      `${ours.name.padEnd(36)}${rate.padStart(12)}${ratio}  longest turn ${ours.longestMs.toFixed(1)} ms  ${verdict}`,
    );
  }
}
