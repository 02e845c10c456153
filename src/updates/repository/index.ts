/** The publisher's side: keys, metadata, releases (docs/updates.md). */
export { bundleText, describeBundle, firstBundle, readBundle, signBundle } from './bundle.ts';
export {
  certifiedOf,
  subjectsOf,
  uncertified,
  withCertification,
  type CertifiedRelease,
  type Subject,
} from './certified.ts';
export { goodsOf, wholeMenu } from './content.ts';
export { LEAST_PASSPHRASE, makeKeyFile, openKeyFile, publicHalf, withoutPrivate } from './keys.ts';
export { expiryOf, isoOf, SPEC_VERSION } from './metadata.ts';
export {
  loadOnlineKeys,
  makeOnlineKeys,
  ONLINE_ROLES,
  onlineKeysFile,
  publicOnlineText,
  readPublicOnline,
  type OnlineKeys,
} from './online-keys.ts';
export { renewOnline } from './online.ts';
export { publishBundle } from './publish.ts';
export { pathsOf, rekey, renewedRoot, type Rekey } from './rekey.ts';
export {
  approveRelease,
  bundleOf,
  listReleases,
  liveReleases,
  releaseOf,
  stageRelease,
  withdrawRelease,
  type Release,
} from './releases.ts';
export { statusOf } from './status.ts';
export { metadataOf, newestMetadata, noteChange, pieceOf, trustedMetadata, type Db } from './store.ts';
