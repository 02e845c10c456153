/** What is wrong with a profile, and where: a JSON pointer (RFC 6901). */
export interface ProfileFault {
  readonly at: string;
  readonly reason: string;
}

export function pointer(path: readonly (string | number)[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
