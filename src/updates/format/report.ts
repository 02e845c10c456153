import { sign, verify, type KeyObject } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { GatewayError } from '../../ops/errors.ts';
import { canonicalJson } from './canonical.ts';
import * as names from './names.ts';
import { counter, hex, instant, object, oneOf, reader, targetPath } from './names.ts';

/** What a device says of itself: what runs in which slot, and how an update went (Uptane's version report). */

const Installed = object({
  file: targetPath,
  sha256: hex(32),
  releaseCounter: counter,
  slot: oneOf(names.SLOTS),
});
/** What runs of one component. */
export type Installed = Static<typeof Installed>;

const Report = object({
  serial: Type.String({ pattern: names.SERIAL.source }),
  /** Of reports: rises by one with each. A report that is not above the last one is not taken, the same one again is. */
  counter,
  /** Components that are left out are as they were said before. */
  components: object({
    menu: Type.Optional(Installed),
    goods: Type.Optional(Installed),
    params: Type.Optional(Installed),
    firmware: Type.Optional(Installed),
  }),
  /** How the update of `component` went; absent in a report that only tells what runs. */
  phase: Type.Optional(oneOf(names.PHASES)),
  component: Type.Optional(oneOf(names.COMPONENTS)),
  /** Its release, which in `components` is not until it runs. */
  releaseCounter: Type.Optional(counter),
  /** Of REJECTED and ROLLED_BACK: a stable word, `hash`, `space`, `signon`. */
  reason: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9-]{0,39}$' })),
  attack: Type.Optional(oneOf(names.ATTACKS)),
  /** Version of the timestamp that it saw last. */
  timestampVersion: Type.Integer({ minimum: 0, maximum: 999_999_999 }),
  /** The device's own clock. */
  clock: instant,
  /** Per cent; absent on mains. */
  battery: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  freeBytes: Type.Integer({ minimum: 0, maximum: 1e15 }),
  queuedReversals: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
});
export type VersionReport = Static<typeof Report>;

const Signature = object({
  algorithm: oneOf(['ed25519', 'ecdsa-sha256', 'rsa-sha256']),
  /** base64 */
  value: Type.String({ pattern: '^[A-Za-z0-9+/]{40,700}={0,2}$' }),
});
const Signed = object({ report: Report, signature: Type.Optional(Signature) });
/** Over HTTPS it is signed by the key of the client certificate; in tag 37 it is MACed (DE 64) instead. */
export type SignedReport = Static<typeof Signed>;

/** The longest report in JSON. */
export const MOST_REPORT_BYTES = 4_096;

const readShape: (value: unknown) => SignedReport = reader('version report', Signed);

/** @throws GatewayError `updates.malformed`, also where a phase has no component or a refusal no reason */
export function readReport(value: unknown): SignedReport {
  const signed = readShape(value);
  const { phase, component, releaseCounter, reason } = signed.report;
  const malformed = (why: string) => new GatewayError('updates.malformed', `This is no version report: ${why}.`);
  if (phase !== undefined && (component === undefined || releaseCounter === undefined))
    throw malformed('a phase needs its component and releaseCounter');
  if (phase === undefined && reason !== undefined) throw malformed('a reason needs its phase');
  if ((phase === 'REJECTED' || phase === 'ROLLED_BACK') && reason === undefined)
    throw malformed(`${phase} needs a reason`);
  return signed;
}

const ALGORITHMS: Readonly<
  Record<string, { readonly algorithm: 'ed25519' | 'ecdsa-sha256' | 'rsa-sha256'; readonly digest: string | null }>
> = {
  ed25519: { algorithm: 'ed25519', digest: null },
  ec: { algorithm: 'ecdsa-sha256', digest: 'sha256' },
  rsa: { algorithm: 'rsa-sha256', digest: 'sha256' },
};

/** @param key of the device's client certificate: Ed25519, EC or RSA */
export function signReport(report: VersionReport, key: KeyObject): SignedReport {
  const kind = ALGORITHMS[key.asymmetricKeyType ?? ''];
  if (kind === undefined)
    throw new GatewayError('updates.key', `A key of type ${key.asymmetricKeyType ?? 'unknown'} cannot sign reports.`);
  const value = sign(kind.digest, canonicalJson(report), key).toString('base64');
  return { report, signature: { algorithm: kind.algorithm, value } };
}

/** @param key of the client certificate over which the report came
 *  @returns whether it is signed, and by this key */
export function isReportOf({ report, signature }: SignedReport, key: KeyObject): boolean {
  const kind = ALGORITHMS[key.asymmetricKeyType ?? ''];
  if (signature === undefined || kind === undefined || signature.algorithm !== kind.algorithm) return false;
  return verify(kind.digest, canonicalJson(report), key, Buffer.from(signature.value, 'base64'));
}
