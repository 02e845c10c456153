/** Verdicts in the database: a room of its own, so that a gateway loads no cases and no simulator. */
export {
  certificationOf,
  confirmVerdict,
  isCertified,
  listCertifications,
  proposeVerdict,
  registerReport,
  revokeVerdict,
  trustKey,
} from './registry.ts';
