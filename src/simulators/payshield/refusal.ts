import { HsmError, type HsmErrorCode } from '../../hsm/index.ts';

/** A command ends with this error code. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`error ${code}`);
    this.name = 'Refusal';
    this.code = code;
  }
}

/** What a payShield says where our own functions throw. */
const CODES: Partial<Record<HsmErrorCode, string>> = {
  'data.length': '80',
  'dukpt.ksn': '15',
  'key.length': '27',
  'key.mode': 'A8',
  'key.spec': 'A7',
  'key.usage': 'A6',
  'keyblock.format': '83',
  'keyblock.mac': 'A4',
  'pan.format': '22',
  'pin.block': '20',
  'pin.format': '23',
};

export function codeOf(error: unknown): string {
  if (error instanceof Refusal) return error.code;
  if (error instanceof HsmError) return CODES[error.code] ?? '41';
  return '41';
}
