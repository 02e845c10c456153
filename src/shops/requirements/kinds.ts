import type { ItemCode } from './item.ts';

/** What a case is about (people.md 4.1). All of them go through one machine; they differ in the items they ask for and in what an
 *  approval does. */
export const CASE_KINDS = ['application', 'sheba', 'owner', 'address', 'reverify', 'terminal'] as const;
export type CaseKind = (typeof CASE_KINDS)[number];
/** What the owner of a shop that works, or a clerk for them, may begin. */
export type ChangeKind = Exclude<CaseKind, 'application' | 'reverify'>;

/** The items of a change. A new owner shows all that is of the person, and the account. */
export const CHANGE_ITEMS: Readonly<Record<ChangeKind, readonly ItemCode[]>> = {
  sheba: ['sheba'],
  owner: ['owner_identity', 'mobile', 'guild_licence', 'tax_code', 'sheba', 'terms', 'relations'],
  address: ['address', 'guild_licence', 'tax_code'],
  terminal: ['terminal'],
};
