/** What was typed into the box of the shell, on its way to the page of hits: in memory alone, since it may be a whole card number. */
let wanted = '';
const followers = new Set<(wanted: string) => void>();

export const wantedSearch = {
  now: (): string => wanted,
  ask: (text: string): void => {
    wanted = text;
    for (const follower of followers) follower(text);
  },
  /** Told at once of what waits, then of each that comes. */
  follow: (follower: (wanted: string) => void): (() => void) => {
    followers.add(follower);
    if (wanted !== '') follower(wanted);
    return () => {
      followers.delete(follower);
      wanted = '';
    };
  },
};
