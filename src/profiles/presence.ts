import type { Message } from '../codec/index.ts';

/** Mandatory fields by message class (wire.md 3, column M). */
const MANDATORY: Readonly<Record<string, readonly number[]>> = {
  '020': [3, 4, 7, 11, 12, 13, 22, 25, 41, 42, 49],
  '022': [3, 4, 7, 11, 12, 13, 41, 42, 49, 90],
  '040': [3, 4, 7, 11, 12, 13, 25, 41, 42, 49, 90],
  '042': [3, 4, 7, 11, 12, 13, 25, 41, 42, 49, 90],
  '050': [7, 11, 12, 13, 41, 42],
  '052': [7, 11, 12, 13, 41, 42],
  '080': [7, 11, 41, 70],
};

/** The first mandatory field that is not there, or undefined. Classes that are not served demand nothing. */
export function missingField(message: Message): string | undefined {
  const wanted = MANDATORY[message.mti.slice(0, 3)] ?? [];
  const missing = wanted.find((de) => !message.has(de));
  return missing === undefined ? undefined : String(missing);
}
