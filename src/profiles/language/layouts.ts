import type { Fields, LayoutFile } from './schema.ts';

/** A layout with those that it uses; what stands in it counts more than what it uses, and null takes away. */
export function flattened(
  own: Pick<LayoutFile, 'uses' | 'fields' | 'derived'>,
  layouts: Readonly<Record<string, LayoutFile>>,
  depth = 0,
): { fields: Fields; derived: NonNullable<LayoutFile['derived']> } {
  let fields: Fields = {};
  let derived: NonNullable<LayoutFile['derived']> = {};
  for (const name of depth > 8 ? [] : (own.uses ?? [])) {
    const used = flattened(layouts[name] ?? {}, layouts, depth + 1);
    fields = { ...fields, ...used.fields };
    derived = { ...derived, ...used.derived };
  }
  return { fields: { ...fields, ...own.fields }, derived: { ...derived, ...own.derived } };
}
