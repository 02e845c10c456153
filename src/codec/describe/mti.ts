const VERSIONS: Readonly<Record<string, string>> = {
  0: 'ISO 8583:1987',
  1: 'ISO 8583:1993',
  2: 'ISO 8583:2003',
  8: 'national',
  9: 'private',
};
const CLASSES: Readonly<Record<string, string>> = {
  1: 'authorisation',
  2: 'financial',
  3: 'file action',
  4: 'reversal',
  5: 'reconciliation',
  6: 'administrative',
  7: 'fee collection',
  8: 'network management',
};
const FUNCTIONS: Readonly<Record<string, string>> = {
  0: 'request',
  1: 'response',
  2: 'advice',
  3: 'advice response',
  4: 'notification',
  5: 'notification acknowledgement',
  6: 'instruction',
  7: 'instruction acknowledgement',
};
const ORIGINS: Readonly<Record<string, string>> = {
  0: 'acquirer',
  1: 'acquirer, repeat',
  2: 'issuer',
  3: 'issuer, repeat',
  4: 'other',
  5: 'other, repeat',
};

/** `0421` as people say it: "reversal advice, acquirer, repeat (ISO 8583:1987)". */
export function mtiText(mti: string): string {
  const [version = '', messageClass = '', messageFunction = '', origin = ''] = mti;
  const what = `${CLASSES[messageClass] ?? 'unknown class'} ${FUNCTIONS[messageFunction] ?? 'unknown function'}`;
  return `${what}, ${ORIGINS[origin] ?? 'unknown origin'} (${VERSIONS[version] ?? 'unknown version'})`;
}
