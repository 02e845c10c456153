import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { canonicalJson } from '../../updates/format/index.ts';
import type { Text } from '../../field/language.ts';
import { GatewayError } from '../../ops/errors.ts';
import { AREAS, type Case } from '../case.ts';
import { instructionOf } from '../instructions.ts';
import type { Result, RunState, Subject } from '../state.ts';

/** What a run comes to, for programs and for the page. No PIN block, track, key or full PAN is in it: frames are masked as they are kept. */
export interface Report {
  readonly format: 'kalabarg certification 1';
  readonly run: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly gateway: string;
  readonly subject: Subject;
  /** passed: every case that applies passed or is waived · incomplete: some were never done */
  readonly verdict: 'passed' | 'failed' | 'incomplete';
  readonly counts: Readonly<Record<'passed' | 'failed' | 'waived' | 'notApplicable' | 'missing', number>>;
  /** Names of all faults that were found, the waived ones too. */
  readonly faults: readonly string[];
  readonly cases: readonly ReportCase[];
}

export interface ReportCase {
  readonly id: string;
  readonly area: Text;
  readonly title: Text;
  readonly source: string;
  readonly steps: readonly Text[];
  readonly must: readonly Text[];
  readonly never: readonly Text[];
  readonly result: Result | null;
}

/** @param gateway version of this program */
export function reportOf(state: RunState, cases: readonly Case[], gateway: string): Report {
  const listed = cases.map((one): ReportCase => ({
    id: one.id,
    area: AREAS[one.area],
    title: one.title,
    source: one.source,
    steps: one.steps.map(({ deed }) => instructionOf(deed)),
    must: one.must.map(({ text }) => text),
    never: one.never.map(({ text }) => text),
    result: state.results[one.id] ?? null,
  }));
  const count = (verdict: Result['verdict']): number =>
    listed.filter(({ result }) => result?.verdict === verdict).length;
  const counts = {
    passed: count('passed'),
    failed: count('failed'),
    waived: count('waived'),
    notApplicable: count('not-applicable'),
    missing: listed.filter(({ result }) => result === null).length,
  };
  const ends = listed.flatMap(({ result }) => (result === null ? [] : [result.at])).sort();
  const faults = listed.flatMap(({ result }) => (result?.findings ?? []).map(({ fault }) => fault));
  return {
    format: 'kalabarg certification 1',
    run: state.run,
    startedAt: state.startedAt,
    endedAt: ends.at(-1) ?? state.startedAt,
    gateway,
    subject: state.subject,
    verdict: counts.failed > 0 ? 'failed' : counts.missing > 0 ? 'incomplete' : 'passed',
    counts,
    faults: [...new Set(faults)].sort(),
    cases: listed,
  };
}

export interface SignedReport {
  readonly report: Report;
  readonly signature: {
    readonly algorithm: 'Ed25519';
    /** SHA-256 of the public key (SPKI, DER), hex: which key it is. */
    readonly key: string;
    /** base64, over the canonical JSON of `report`. */
    readonly value: string;
  };
}

/** SHA-256 of a public key (SPKI, DER), hex. */
export function keyId(key: KeyObject): string {
  const spki = (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('hex');
}

/** @throws GatewayError `certification.key` for a key that is not Ed25519 */
export function signReport(report: Report, key: KeyObject): SignedReport {
  demandEd25519(key);
  const value = sign(null, canonicalJson(report), key).toString('base64');
  return { report, signature: { algorithm: 'Ed25519', key: keyId(key), value } };
}

/** @returns the report
 *  @throws GatewayError `certification.report` for what is none, `certification.forged` where the signature is not of this key and these bytes */
export function verifyReport(text: string, key: KeyObject): SignedReport {
  const signed = readReport(text);
  demandEd25519(key);
  const { report, signature } = signed;
  if (signature.key !== keyId(key))
    throw new GatewayError(
      'certification.forged',
      `The report is signed with key ${signature.key.slice(0, 16)}…, this one is ${keyId(key).slice(0, 16)}….`,
    );
  if (!verify(null, canonicalJson(report), key, Buffer.from(signature.value, 'base64')))
    throw new GatewayError(
      'certification.forged',
      'The signature does not hold: the report was changed after it was signed.',
    );
  return signed;
}

/** Reads a report, whose signature is not looked at yet. @throws GatewayError `certification.report` */
export function readReport(text: string): SignedReport {
  const none = (why: string) =>
    new GatewayError('certification.report', `This is no signed report of a certification: ${why}.`);
  let value: Partial<SignedReport> | null;
  try {
    value = JSON.parse(text) as Partial<SignedReport> | null;
  } catch {
    throw none('it is not JSON');
  }
  const { report, signature } = value ?? {};
  if (report?.format !== 'kalabarg certification 1') throw none('it has another format');
  const { subject } = report as { subject?: Partial<Subject> };
  const named = [subject?.vendor, subject?.model, subject?.software, subject?.profile];
  if (named.some((each) => typeof each !== 'string' || each === '')) throw none('it names no device');
  if (!['passed', 'failed', 'incomplete'].includes(report.verdict)) throw none('it has no verdict');
  if (typeof signature?.value !== 'string' || !/^[0-9a-f]{64}$/.test(signature.key)) throw none('it is not signed');
  return { report, signature };
}

/** SHA-256 of what is signed, hex. */
export function reportDigest(report: Report): string {
  return createHash('sha256').update(canonicalJson(report)).digest('hex');
}

function demandEd25519(key: KeyObject): void {
  if (key.asymmetricKeyType === 'ed25519') return;
  throw new GatewayError(
    'certification.key',
    `Reports are signed with Ed25519; this key is ${key.asymmetricKeyType ?? 'none'}. Make one: openssl genpkey -algorithm ed25519 -out certification.key`,
  );
}
