/** What is wrong, stable and greppable. */
export type CodecErrorCode =
  | 'spec' // a dialect file that cannot be used
  | 'truncated' // the frame ends inside an element
  | 'trailing' // bytes after the last element
  | 'bad-mti'
  | 'bad-bitmap' // not hexadecimal, empty secondary bitmap
  | 'undefined-field' // a bit or a value for an element the dialect does not have
  | 'bad-length' // a length prefix that is not a number, or impossible
  | 'too-long'
  | 'too-short'
  | 'bad-content' // a character, digit, nibble or sign the element cannot hold
  | 'bad-padding' // the unused nibble is not what the dialect says
  | 'bad-tlv' // subfields or tags that do not add up
  | 'duplicate-tag'
  | 'not-canonical' // would not read back the same
  | 'missing-field'
  | 'unexpected-field'
  | 'frame-too-long'
  | 'bad-frame';

/** Why bytes or values are refused. Never carries the content of a field.
 *  `path` names the element: `mti`, `bitmap`, `4`, `55.9F26`, or `end` for what follows the last one.
 *  `offset` is the byte of the message when bytes were read, the character of the value when they are built.
 *  `reason` is one phrase a person can act on. */
export class CodecError extends Error {
  readonly code: CodecErrorCode;
  readonly path: string;
  readonly offset: number;
  readonly reason: string;

  constructor(code: CodecErrorCode, path: string, offset: number, reason: string) {
    const [where, why] = [printable(path), printable(reason)];
    super(`${where} at ${offset}: ${why}`);
    this.name = 'CodecError';
    this.code = code;
    this.path = where;
    this.offset = offset;
    this.reason = why;
  }
}

/** Controls, and what turns or breaks the line around it: a key of a dialect's file may hold any. */
// eslint-disable-next-line no-control-regex -- control characters are what it is for
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function printable(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
