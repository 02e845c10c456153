import type { By } from '../people/index.ts';

/** Somebody who proved a mobile: an applicant, or the owner of a shop. What is theirs is what has their mobile. */
export interface Owner {
  /** 09… */
  readonly mobile: string;
  /** The session's number. */
  readonly session: string;
}

/** An owner as the actor of what they do. */
export function byOwner({ mobile }: Owner, requestId?: string): By {
  return byMobile(mobile, requestId);
}

export function byMobile(mobile: string | undefined, requestId: string | undefined): By {
  const actor = { id: null, name: mobile === undefined ? 'owner ?' : `owner ${masked(mobile)}` };
  return { actor, ...(requestId === undefined ? {} : { requestId }) };
}

/** `0912***4567` */
export function masked(mobile: string): string {
  return `${mobile.slice(0, 4)}***${mobile.slice(-4)}`;
}
