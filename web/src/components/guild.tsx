import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { shopRulesQuery } from '../api/shops.ts';
import { usePreferences } from '../app/preferences.ts';

/** A guild by its name; by its code where the rules of today do not know it. */
export function Guild({ code }: { readonly code: string }): ReactNode {
  const { language } = usePreferences();
  const { data } = useQuery(shopRulesQuery);
  return <bdi>{data?.guilds.find((guild) => guild.code === code)?.[language] ?? code}</bdi>;
}
