export { audit, listAudit, verifyAudit, type Actor, type AuditHead, type AuditRow, type By } from './audit.ts';
export { demoLinkCode, demoPeopleFile, enterDemo, hasPeople, proveInDemo, signInDemoPeople } from './demo.ts';
export { openPeople } from './open.ts';
export {
  actorNamed,
  addPerson,
  changePerson,
  demandLogin,
  findPerson,
  listPersons,
  resetPerson,
  type Invited,
  type Person,
} from './persons.ts';
export {
  FRESH_MS,
  isPermission,
  isRole,
  PERMISSIONS,
  ROLES,
  rolesThatGive,
  type Permission,
  type Role,
} from './roles.ts';
export {
  beginSetup,
  checkPassword,
  checkSecondFactor,
  demandOutcome,
  endSetup,
  proveAgain,
  signOut,
  type People,
  type Refused,
} from './sign-in.ts';
export {
  hindrance,
  listTokens,
  makeToken,
  revokeToken,
  stillHas,
  whoHas,
  type Signed,
  type TokenInfo,
} from './tokens.ts';
export { findView, listViews, removeView, saveView, type SavedView } from './views.ts';
