export {
  confirmCode,
  mobileOf,
  redeemCode,
  requestCode,
  type CodeGiven,
  type CodeRequest,
  type Confirmed,
  type Purpose,
  type Redeemed,
} from './codes.ts';
export { ownerKeys, type OwnerKeys } from './keys.ts';
export type { Wait } from './limits.ts';
export { byOwner, masked, type Owner } from './owner.ts';
export { endSession, OWNER_IDLE_MS, OWNER_SESSION_MS, ownerOf } from './sessions.ts';
