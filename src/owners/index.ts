export {
  confirmCode,
  mobileOf,
  redeemCode,
  requestCode,
  type CodeGiven,
  type Purpose,
  type Redeemed,
} from './codes.ts';
export { ownerKeys, peppered, type OwnerKeys } from './keys.ts';
export type { Wait } from './limits.ts';
export { byOwner, masked, type Owner } from './owner.ts';
export { ownSide, readOwnSide } from './own-side.ts';
export { endSession, ownerOf } from './sessions.ts';
