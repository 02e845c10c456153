/** What `npm start` sets up on this machine: an embedded PostgreSQL and a development CA. */
export { ensureCertificates } from './certificates.ts';
export { startEmbeddedPostgres } from './postgres.ts';
export { exited, nativeFolder, piped, reachable, unprivileged, type Identity, type Piped } from './program.ts';
