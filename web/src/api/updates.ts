import { queryOptions } from '@tanstack/react-query';
import type { Static } from 'typebox';
import type { SickList } from '../../../src/console/api/certification-schemas.ts';
import type { ExemptionBody, MinimumBody } from '../../../src/console/api/minimum-schemas.ts';
import type { FreezeBody, ReleaseBody, RolloutBody, RolloutSeen } from '../../../src/console/api/update-schemas.ts';
import { change, read, type Read } from './client.ts';
import type { Sent } from './settlement.ts';

export type Release = Static<typeof ReleaseBody>;
export type Rollout = Static<typeof RolloutBody>;
export type WholeRollout = Static<typeof RolloutSeen>;
export type Minimum = Static<typeof MinimumBody>;

/** As CertificateBody and EndingList of certificate-schemas.ts have them. Written out: those stand on code of Node.js, whose types are not a
 *  browser's. */
export interface Certificate {
  readonly terminal: string;
  readonly serial: string;
  readonly sha256: string;
  readonly issuer: string;
  readonly source: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly revokedAt: string | null;
  readonly reason: string | null;
}
export interface Ending {
  readonly what: string;
  readonly name: string;
  readonly endsAt: string;
  readonly within: number;
}

export type Sick = Static<typeof SickList>['items'][number];

export const readRollout = (id: string): Promise<Read<WholeRollout>> =>
  read(`/updates/rollouts/${encodeURIComponent(id)}`);
export const rolloutQuery = (id: string) =>
  queryOptions({ queryKey: ['/updates/rollouts', id], queryFn: () => readRollout(id) });

/** @param act `release`, `halt`, `again`, `end` */
export const actOnRollout = (id: string, act: string, reason: string, sent: Sent): Promise<Rollout> =>
  change(`/updates/rollouts/${encodeURIComponent(id)}/${act}`, { body: { reason }, ...sent });
/** @param act `approval`, `withdrawal` */
export const actOnRelease = (id: string, act: string, reason: string, sent: Sent): Promise<Release> =>
  change(`/updates/releases/${encodeURIComponent(id)}/${act}`, { body: { reason }, ...sent });
/** @param act `approval`, `end` */
export const actOnMinimum = (id: string, act: string, reason: string, sent: Sent): Promise<Minimum> =>
  change(`/updates/minimums/${encodeURIComponent(id)}/${act}`, { body: { reason }, ...sent });
export const revokeCertificate = (sha256: string, why: string, reason: string, sent: Sent): Promise<unknown> =>
  change(`/certificates/${sha256}/revoke`, { body: { why, reason }, ...sent });

export type Exemption = Static<typeof ExemptionBody>;
export const exempt = (body: object, sent: Sent): Promise<Exemption> =>
  change('/updates/exemptions', { body, ...sent });
export const endExemption = (id: string, reason: string, sent: Sent): Promise<Exemption> =>
  change(`/updates/exemptions/${id}/end`, { body: { reason }, ...sent });

export type Freeze = Static<typeof FreezeBody>;
export const makeFreeze = (body: object, sent: Sent): Promise<Freeze> => change('/updates/freezes', { body, ...sent });
export const endFreeze = (id: string, reason: string, sent: Sent): Promise<Freeze> =>
  change(`/updates/freezes/${id}/end`, { body: { reason }, ...sent });
export const proposeRollout = (releaseId: string, own: readonly string[], reason: string, sent: Sent): Promise<Rollout> => change('/updates/rollouts', { body: { releaseId, plan: { own }, reason }, ...sent }); // prettier-ignore
export const proposeMinimum = (releaseId: string, from: string, reason: string, sent: Sent): Promise<Minimum> =>
  change('/updates/minimums', { body: { releaseId, from, reason }, ...sent });
