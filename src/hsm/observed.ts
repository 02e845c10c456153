import { Counter, Histogram, type Registry } from 'prom-client';
import type { Clock } from '../ops/clock.ts';
import { messageOf } from '../ops/errors.ts';
import { HsmError } from './errors.ts';
import type { PaymentHsm } from './payment-hsm.ts';

type Operation = Exclude<keyof PaymentHsm, 'status' | 'close'>;

/** Measured by name; a list, so that a new operation is not forgotten: the type wants them all. */
const OPERATIONS: Readonly<Record<Operation, true>> = {
  generateKey: true,
  formKey: true,
  kcv: true,
  rewrap: true,
  importKeyBlock: true,
  exportKeyBlock: true,
  importVariantKey: true,
  exportVariantKey: true,
  translatePin: true,
  generateMac: true,
  verifyMac: true,
  makeSigningKey: true,
  signBy: true,
  verifyPvv: true,
  verifyIbm3624: true,
  verifyCvv: true,
  verifyArqc: true,
  generateArpc: true,
  encryptData: true,
  decryptData: true,
  random: true,
};

/** The same HSM, its operations measured and its refusals counted.
 *  @param registry takes `kalabarg_hsm_seconds` by operation, and `kalabarg_hsm_refusals_total` by operation and error code */
export function observed(hsm: PaymentHsm, registry: Registry, clock: Pick<Clock, 'monotonic'>): PaymentHsm {
  const registers = [registry];
  const seconds = new Histogram({
    name: 'kalabarg_hsm_seconds',
    help: 'How long the HSM took, its queue included, by operation',
    labelNames: ['operation'] as const,
    buckets: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers,
  });
  const refusals = new Counter({
    name: 'kalabarg_hsm_refusals_total',
    help: 'Operations that the HSM refused or failed, by operation and error code (docs/keys.md)',
    labelNames: ['operation', 'code'] as const,
    registers,
  });
  const watch = (operation: Operation): unknown => {
    const call = hsm[operation].bind(hsm) as (...args: unknown[]) => Promise<unknown>;
    const taken = seconds.labels({ operation });
    return (...args: unknown[]): Promise<unknown> => {
      const start = clock.monotonic();
      const note = (): void => {
        taken.observe((clock.monotonic() - start) / 1_000);
      };
      const done = started(() => call(...args));
      // Beside the result, which the caller gets as it is: a promise in between costs every message.
      done.then(note, (error: unknown) => {
        refusals.inc({ operation, code: error instanceof HsmError ? error.code : 'other' });
        note();
      });
      return done;
    };
  };
  const watched = Object.keys(OPERATIONS).map((name) => [name, watch(name as Operation)]);
  return { ...hsm, ...(Object.fromEntries(watched) as Partial<PaymentHsm>) };
}

/** A back-end may throw before it promises anything. */
function started(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return call();
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(messageOf(error)));
  }
}
