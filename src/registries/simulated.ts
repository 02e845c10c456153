import type { Checked } from '../shops/index.ts';
import type { RegistryDescription, RegistrySettings } from './settings.ts';

/** What each registry of the simulator is asked, by the names that it wants. */
const ASKED: Readonly<Record<Checked, readonly string[]>> = {
  owner_identity: ['nationalId', 'ownerName'],
  mobile: ['nationalId', 'mobile'],
  sheba: ['nationalId', 'sheba'],
  guild_licence: ['nationalId', 'licence', 'guild', 'postalCode'],
  tax_code: ['nationalId', 'taxCode', 'postalCode'],
  address: ['postalCode', 'address'],
};
const REASONS = ['not_the_owner', 'not_found', 'ended', 'other_guild', 'inactive', 'address_differs'] as const;

/** The registries of `kalabarg simulate registry`, described as any others: what the demo asks.
 *  @param url of the simulator */
export function simulatedRegistries(url: string): RegistrySettings {
  const describe = ([code, names]: [string, readonly string[]]): [string, RegistryDescription] => [
    code,
    {
      http: {
        url: `${url}/${code}`,
        method: 'POST',
        json: Object.fromEntries(names.map((name) => [name, `{${name}}`])),
        timeoutMs: 5_000,
        maxBytes: 65_536,
      },
      answers: [
        { at: '/holds', is: [true], says: 'yes' },
        ...REASONS.map((reason) => ({ at: '/reason', is: [reason], says: 'no', reason })),
      ],
      repeats: Object.fromEntries(names.map((name) => [`/asked/${name}`, name])),
      validUntil: '/validUntil',
      cacheHours: 0, // a rule that was changed is seen at once
      firstSeconds: 5,
      mostSeconds: 300,
      giveUpHours: 24,
    },
  ];
  return { file: 'the demo', registries: Object.fromEntries(Object.entries(ASKED).map(describe)) };
}
