import type { Clock } from '../../ops/clock.ts';
import { HsmError } from '../errors.ts';
import type { HsmStatus } from '../hsm.ts';
import type { PaymentHsm } from '../payment-hsm.ts';

/** Between two attempts to open a token that is gone. */
const RETRY_MS = 500;

type Operation = Exclude<keyof PaymentHsm, 'status' | 'close'>;

/** An HSM that is opened anew when it went away: its sessions, its login and all objects on it went too. What was asked for
 *  is asked once more then.
 *  @param first the one that is open
 *  @param open opens another
 *  @throws HsmError from operations: `hsm.unavailable` as long as it cannot be opened, `hsm.closed` */
export function reconnecting(
  first: PaymentHsm,
  open: () => Promise<PaymentHsm>,
  clock: Pick<Clock, 'monotonic'>,
): PaymentHsm {
  let current: Promise<PaymentHsm> | undefined = Promise.resolve(first);
  let failedAt = -Infinity;
  let closed = false;

  const live = async (): Promise<PaymentHsm> => {
    if (closed) throw new HsmError('hsm.closed', 'The HSM is closed.');
    if (current !== undefined) return current;
    if (clock.monotonic() - failedAt < RETRY_MS) throw new HsmError('hsm.unavailable', 'The HSM is gone.');
    const opening = open();
    current = opening;
    try {
      return await opening;
    } catch (error) {
      failedAt = clock.monotonic();
      if (current === opening) current = undefined;
      throw error;
    }
  };
  const drop = async (gone: PaymentHsm): Promise<void> => {
    const open = await current?.catch(() => undefined);
    if (open !== gone) return; // somebody has opened another already
    current = undefined;
    await gone.close();
  };
  const call = async (operation: Operation, args: readonly unknown[]): Promise<unknown> => {
    const run = (hsm: PaymentHsm): Promise<unknown> =>
      (hsm[operation] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
    const hsm = await live();
    try {
      return await run(hsm);
    } catch (error) {
      // Closed by `drop` while this one was under way: as good as gone.
      const gone = error instanceof HsmError && (error.code === 'hsm.unavailable' || error.code === 'hsm.closed');
      if (!gone || closed) throw error;
      await drop(hsm);
      return run(await live());
    }
  };
  const operations = (Object.keys(first) as (keyof PaymentHsm)[])
    .filter((name): name is Operation => name !== 'status' && name !== 'close')
    .map((name) => [name, (...args: readonly unknown[]) => call(name, args)]);
  return {
    ...first,
    ...(Object.fromEntries(operations) as Partial<PaymentHsm>),
    status: () => statusOf(live, drop, first),
    close: async () => {
      closed = true;
      const open = await current?.catch(() => undefined);
      await open?.close();
    },
  };
}

/** Asks for something that the token must answer, so that one which went away is noticed. */
async function statusOf(
  live: () => Promise<PaymentHsm>,
  drop: (gone: PaymentHsm) => Promise<void>,
  first: PaymentHsm,
): Promise<HsmStatus> {
  let hsm = first;
  try {
    hsm = await live();
    await hsm.random(1);
    return await hsm.status();
  } catch (error) {
    if (!(error instanceof HsmError)) throw error;
    if (error.code === 'hsm.unavailable') await drop(hsm);
    return { backend: 'pkcs11', ready: false, detail: error.message };
  }
}
