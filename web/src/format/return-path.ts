/** Where a person goes on after signing in: a path of the console, whatever the link said that brought them.
 *  @param wanted of the address bar: anybody may have written it
 *  @returns the path below /console, with its query; `/` for anything else */
export function safeReturn(wanted: string | undefined): string {
  if (wanted === undefined || !/^\/(?![/\\])[^\\\u0000-\u0020]*$/.test(wanted)) return '/'; // eslint-disable-line no-control-regex -- refused
  const url = new URL(wanted, 'https://console.invalid');
  if (url.host !== 'console.invalid' || url.pathname.startsWith('/sign-in')) return '/';
  return url.pathname + url.search;
}
