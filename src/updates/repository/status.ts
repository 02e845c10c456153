import { DAY_MS } from '../../ops/clock.ts';
import { isoOf } from './metadata.ts';
import { newestMetadata, type Db } from './store.ts';

/** What metadata is in force, and when it ends. */
export interface RoleStatus {
  readonly role: string;
  readonly version: number;
  readonly expires: string;
  /** `ok`; `soon`: a person must sign within 30 days (root: 90); `ended`: nothing is updated by it any more, trading goes on. */
  readonly state: 'ok' | 'soon' | 'ended';
}

const ONLINE = ['snapshot', 'timestamp'];

export async function statusOf(db: Db, now: number): Promise<RoleStatus[]> {
  return [...(await newestMetadata(db)).values()].map(({ role, version, expires }) => {
    const left = expires.getTime() - now;
    const notice = ONLINE.includes(role) ? 0 : (role === 'root' ? 90 : 30) * DAY_MS;
    return {
      role,
      version,
      expires: isoOf(expires.getTime()),
      state: left <= 0 ? 'ended' : left <= notice ? 'soon' : 'ok',
    };
  });
}
