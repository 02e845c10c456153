import { GatewayError } from '../ops/errors.ts';

/** What a back-end refuses, by stable code. docs/keys.md says what each means and what to do. */
export type HsmErrorCode =
  | 'data.length'
  | 'dukpt.ksn'
  | 'hsm.auth'
  | 'hsm.busy'
  | 'hsm.closed'
  | 'hsm.device'
  | 'hsm.missing'
  | 'hsm.timeout'
  | 'hsm.unavailable'
  | 'hsm.unsupported'
  | 'key.components'
  | 'key.exportable'
  | 'key.length'
  | 'key.mode'
  | 'key.spec'
  | 'key.strength'
  | 'key.token'
  | 'key.usage'
  | 'key.weak'
  | 'keyblock.format'
  | 'keyblock.mac'
  | 'lmk.invalid'
  | 'mac.length'
  | 'pan.format'
  | 'pin.block'
  | 'pin.format'
  | 'pin.length';

/** A refusal or a fault of an HSM. Messages never hold a PIN, a PIN block, a key or a PAN. */
export class HsmError extends GatewayError {
  override readonly code: HsmErrorCode;

  constructor(code: HsmErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
    this.name = 'HsmError';
    this.code = code;
  }
}
