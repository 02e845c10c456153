/** What one process of the gateway serves (people.md 2): all of it, or parts, each with a database role of its own. */
export const SERVED = ['terminals', 'console', 'public', 'jobs'] as const;
export type Served = (typeof SERVED)[number];

export function isServed(text: string): text is Served {
  return (SERVED as readonly string[]).includes(text);
}
