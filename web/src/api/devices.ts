import { queryOptions } from '@tanstack/react-query';
import type { Static } from 'typebox';
import type { CertificationBody } from '../../../src/console/api/certification-schemas.ts';
import { change, read, type Read } from './client.ts';
import type { Sent } from './settlement.ts';

/** Devices of approved shops, their certificates and their certification. */

/** As Device of enrolment-schemas.ts has it. Written out: that stands on code of Node.js, whose types are not a browser's. */
export interface Device {
  readonly id: string;
  readonly case: string;
  readonly merchant: string;
  readonly kind: 'own' | 'new';
  readonly model: string | null;
  readonly serial: string | null;
  readonly terminal: string | null;
  readonly state: string;
  readonly fault: string | null;
  readonly endReason: string | null;
  readonly waiting?: {
    readonly on: string;
    readonly since: string;
    readonly until: string;
    readonly can: readonly string[];
  };
  readonly version: number;
}

const at = (id: string): string => `/devices/${encodeURIComponent(id)}`;

export const readDevice = (id: string): Promise<Read<Device>> => read(at(id));
export const deviceQuery = (id: string) => queryOptions({ queryKey: ['/devices', id], queryFn: () => readDevice(id) });
export const assignDevice = (id: string, body: object, sent: Sent): Promise<Device> =>
  change(`${at(id)}/assign`, { body, ...sent });
export const moveDevice = (id: string, act: 'ship' | 'deliver', sent: Sent): Promise<Device> =>
  change(`${at(id)}/${act}`, { body: {}, ...sent });
export const cancelDevice = (id: string, reason: string, sent: Sent): Promise<Device> =>
  change(`${at(id)}/cancel`, { body: { reason }, ...sent });

/** As Certificate of enrolment-schemas.ts has it. */
export interface GivenCertificate {
  readonly terminal: string;
  readonly serial: string;
  readonly notAfter: string;
  readonly pem: string;
}
const ofTerminal = (terminal: string): string => `/terminals/${encodeURIComponent(terminal)}`;
/** @param csr PKCS #10, PEM */
export const certifyTerminal = (terminal: string, csr: string, key: string): Promise<GivenCertificate> =>
  change(`${ofTerminal(terminal)}/certificate`, { body: { csr }, key });
/** A key that is made here; file and passphrase are in the first answer alone. */
export const makePkcs12 = (
  terminal: string,
  key: string,
): Promise<GivenCertificate & { readonly pkcs12?: string; readonly passphrase?: string }> =>
  change(`${ofTerminal(terminal)}/pkcs12`, { body: {}, key });
export const importCertificates = (
  pem: string,
  key: string,
): Promise<{ readonly items: readonly GivenCertificate[] }> => change('/certificates', { body: { pem }, key });

export type Certification = Static<typeof CertificationBody>;

export const proposeVerdict = (body: object, sent: Sent): Promise<Certification> =>
  change('/certifications', { body, ...sent });
/** @param report the signed report as it was written */
export const registerReport = (report: object, sent: Sent): Promise<Certification> =>
  change('/certifications/reports', { body: report, ...sent });
export const confirmVerdict = (id: string, reason: string, sent: Sent): Promise<Certification> =>
  change(`/certifications/${id}/confirm`, { body: { reason }, ...sent });
export const revokeVerdict = (id: string, reason: string, sent: Sent): Promise<Certification> =>
  change(`/certifications/${id}/revoke`, { body: { reason }, ...sent });
