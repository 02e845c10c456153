/** What people may do (people.md 1). A person may hold several roles; a pair of eyes is always two persons. */

export const ROLES = [
  'clerk',
  'reviewer',
  'maker',
  'checker',
  'support',
  'engineer',
  'keeper',
  'auditor',
  'admin',
] as const;
export type Role = (typeof ROLES)[number];

/** Each act that wants a proved person, and the roles that give it. These are the scopes of tokens too. */
const GIVEN_BY = {
  'overview:read': ROLES,
  'money:read': ['maker', 'checker', 'support', 'engineer', 'auditor'],
  'money:make': ['maker'],
  'money:approve': ['checker'],
  'money:stop': ['maker', 'checker'],
  'breaks:work': ['maker', 'checker', 'support'],
  'bank:change': ['engineer', 'support'],
  'terminals:read': ['engineer', 'checker', 'support', 'clerk', 'reviewer', 'auditor'],
  'terminals:change': ['engineer'],
  'updates:make': ['engineer'],
  'updates:approve': ['engineer', 'checker'],
  'updates:stop': ['engineer', 'checker', 'support'],
  'keys:change': ['keeper'],
  'people:read': ['admin', 'auditor'],
  'people:change': ['admin'],
  'audit:read': ['auditor'],
  'shops:read': ['clerk', 'reviewer', 'support', 'auditor'],
  'complaints:read': ['clerk', 'reviewer', 'maker', 'checker', 'support', 'auditor'],
  'shops:enter': ['clerk'],
  'shops:review': ['reviewer'],
  'papers:read': ['reviewer', 'auditor'],
  'shops:judge': ['reviewer', 'support'],
  'rules:read': ['maker', 'checker', 'support', 'auditor', 'admin'],
  'households:read': ['support', 'auditor'],
  'captures:work': ['engineer'],
  'jobs:work': ['engineer'],
  'keys:read': ['keeper', 'engineer', 'auditor'],
} as const satisfies Readonly<Record<string, readonly Role[]>>;
export type Permission = keyof typeof GIVEN_BY;
export const PERMISSIONS = Object.keys(GIVEN_BY) as Permission[];

/** What a person must have proved both factors for lately, however they are signed in: no token that lies about gives these. */
const FRESH: readonly Permission[] = ['money:approve', 'updates:approve', 'keys:change', 'people:change'];
/** How long a proof counts for those. */
export const FRESH_MS = 15 * 60_000;

export function permissionsOf(roles: readonly Role[]): Permission[] {
  return PERMISSIONS.filter((permission) => rolesThatGive(permission).some((role) => roles.includes(role)));
}

export function rolesThatGive(permission: Permission): readonly Role[] {
  return GIVEN_BY[permission];
}

export function needsFreshProof(permission: Permission): boolean {
  return FRESH.includes(permission);
}

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

export function isPermission(text: string): text is Permission {
  return text in GIVEN_BY;
}
