import { encodeMessage, FieldReader, type Message } from '../../hsm/payshield/index.ts';
import { end, type Command, type Workshop } from './command.ts';
import { exportKey, generateKey, importKey, keyCheckValue } from './key-commands.ts';
import { generateMac, verifyMac } from './mac-commands.ts';
import { translateDukpt, translateOldDukpt, translateTpk, translateZpk } from './pin-commands.ts';
import { codeOf, Refusal } from './refusal.ts';

const FIRMWARE = '1500-0000';

const COMMANDS: Readonly<Record<string, Command>> = {
  A0: generateKey,
  A6: importKey,
  A8: exportKey,
  BU: keyCheckValue,
  CA: translateTpk,
  CC: translateZpk,
  CI: translateOldDukpt,
  G0: translateDukpt,
  M6: generateMac,
  M8: verifyMac,
  B2: (fields) => {
    const data = fields.bytes(parseInt(fields.matching(4, /^[0-9A-F]{4}$/, 'a length'), 16));
    end(fields);
    return [data];
  },
  N0: (fields, { random }) => {
    const count = Number(fields.digits(3));
    end(fields);
    if (count < 1 || count > 256) throw new Refusal('15');
    return [random(count)];
  },
  NC: (fields, { lmk }) => {
    end(fields);
    return [lmk.checkValue, FIRMWARE];
  },
};

/** Answers one host command: the header unchanged, the next code, an error code, fields. */
export function answerTo(message: Message, workshop: Workshop): Buffer {
  const { header, code, body } = message;
  const next = code.charAt(0) + String.fromCharCode(code.charCodeAt(1) + 1);
  const run = COMMANDS[code];
  if (run === undefined) return encodeMessage(header, next, ['68']);
  try {
    const fields = new FieldReader(body, () => new Refusal('15'));
    return encodeMessage(header, next, ['00', ...run(fields, workshop)]);
  } catch (error) {
    return encodeMessage(header, next, [codeOf(error)]);
  }
}
