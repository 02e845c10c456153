import type { Now } from '../../ops/clock.ts';
import type { Courier } from '../clearing/deliver.ts';
import { putFile, type SftpPlace } from './sftp.ts';

/** The courier to the bank's server, where one is set. */
export function courierOf(settings: { readonly deliverTo?: SftpPlace }, clock: Now): { readonly courier?: Courier } {
  const { deliverTo } = settings;
  if (deliverTo === undefined) return {};
  return { courier: (path, name, parting) => putFile(deliverTo, path, name, parting, clock) };
}
