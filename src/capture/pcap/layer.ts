/** What is left of a packet once the headers before it are stepped over. */
export type Layer =
  | Bytes<'ethernet'>
  | Bytes<'ip'>
  | Bytes<'ppp'>
  | Bytes<'mpls'>
  | Bytes<'gre'>
  | { readonly kind: 'type'; readonly type: number; readonly data: Buffer }
  | Ended;

export interface Bytes<K> {
  readonly kind: K;
  readonly data: Buffer;
}

/** No segment in it: surely no TCP, or TCP (or what may hold some) that cannot be used. */
export type Ended = { readonly kind: 'other'; readonly why: string } | { readonly kind: 'lost'; readonly why: string };
