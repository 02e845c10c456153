/** Terminals' certificates: issued, renewed, imported, revoked, let in or not (terminals.md 2). */
export { openAccess, type TerminalAccess } from './access.ts';
export { authorityOf, makeAuthority, type AuthoritySource } from './authority.ts';
export { certify, certifyWithKey, importCertificates, type Certifying, type TerminalCertificate } from './certify.ts';
export { wantsList, writeList, writtenList } from './crl.ts';
export { readRevocationLists, type RevocationList } from './revocation-list.ts';
export {
  listCertificates,
  revoke,
  REVOCATION_REASONS,
  type KnownCertificate,
  type RevocationReason,
} from './revoke.ts';
