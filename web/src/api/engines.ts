import { queryOptions } from '@tanstack/react-query';
import type { Static } from 'typebox';
import type {
  Frames,
  NewRecordingBody,
  Recordings,
  ReplayReport as ReplayBody,
} from '../../../src/console/api/capture-schemas.ts';
import type { JobList } from '../../../src/console/api/job-schemas.ts';
import type { KeyActPage, KeyList, TerminalKeyPage } from '../../../src/console/api/key-schemas.ts';
import { change, pathOf, read } from './client.ts';
import type { Sent } from './settlement.ts';

/** What engineers and keepers look at: recordings, jobs, keys, registries. */

export type Captures = Static<typeof Recordings>;
export type FramePage = Static<typeof Frames>;
export type CapturedFrame = FramePage['items'][number];
export type ReplayReport = Static<typeof ReplayBody>;
export type JobPage = Static<typeof JobList>;
export type Job = JobPage['items'][number];
export type Keys = Static<typeof KeyList>;
export type Key = Keys['items'][number];
export type TerminalKey = Static<typeof TerminalKeyPage>['items'][number];
export type KeyAct = Static<typeof KeyActPage>['items'][number];

/** As Registries of check-schemas.ts has them. Written out: that stands on code of Node.js, whose types are not a browser's. */
export interface Registry {
  readonly query: string;
  readonly code: string;
  readonly asked: boolean;
  readonly since: string;
  readonly answeredAt: string | null;
  readonly silentSince: string | null;
  readonly yes: number;
  readonly no: number;
  readonly unknown: number;
  readonly waiting: number;
}
/** As RegistryAnswers of check-schemas.ts has them. */
export interface RegistryAnswer {
  readonly id: string;
  readonly caseId: string;
  readonly registry: string;
  readonly verdict: string;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly at: string;
  readonly applied: boolean;
  readonly cached: boolean;
}

export const capturesQuery = queryOptions({
  queryKey: ['/captures'],
  queryFn: async () => (await read<Captures>('/captures')).body,
  refetchInterval: 10_000,
});
export const startCapture = (body: NewRecordingBody, sent: Sent): Promise<Captures> =>
  change('/captures', { body, ...sent });
export const stopCapture = (reason: string, sent: Sent): Promise<Captures> =>
  change('/captures/stop', { body: { reason }, ...sent });

/** Of a recording: which frames. */
export interface FramesWanted {
  readonly connection?: string | undefined;
  readonly cursor?: string | undefined;
}
const captureAt = (file: string): string => `/captures/${encodeURIComponent(file)}`;
export const framesQuery = (file: string, wanted: FramesWanted) =>
  queryOptions({
    queryKey: ['/captures', file, wanted],
    queryFn: async ({ signal }) => (await read<FramePage>(captureAt(file), { ...wanted }, signal)).body,
    staleTime: 30_000,
  });
/** Where the recording comes from as a test. */
export const testOfCapture = (file: string, connection: string | undefined): string =>
  pathOf(`${captureAt(file)}/test`, { connection });

export const replayCapture = (
  file: string,
  connection: string | undefined,
  reason: string,
  sent: Sent,
): Promise<ReplayReport> => change(`${captureAt(file)}/replay`, { body: { connection, reason }, ...sent });

export const jobsQuery = (state: string | undefined) =>
  queryOptions({
    queryKey: ['/jobs', state],
    queryFn: async ({ signal }) => (await read<JobPage>('/jobs', { state }, signal)).body,
    refetchInterval: 10_000,
  });

export const keysQuery = queryOptions({
  queryKey: ['/keys'],
  queryFn: async ({ signal }) => (await read<Keys>('/keys', undefined, signal)).body,
});

export const registriesQuery = queryOptions({
  queryKey: ['/registries'],
  queryFn: async ({ signal }) => (await read<{ items: readonly Registry[] }>('/registries', undefined, signal)).body,
  refetchInterval: 30_000,
});
