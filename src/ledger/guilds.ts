/** The guilds of the scheme (docs/people.md 4): who may be a shop, and of whom a programme says what it may sell. */
export const GUILDS = ['supermarket', 'grocery', 'dairy', 'butcher', 'chain', 'cooperative'] as const;
