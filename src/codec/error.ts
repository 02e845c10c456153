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
    super(`${path} at ${offset}: ${reason}`);
    this.name = 'CodecError';
    this.code = code;
    this.path = path;
    this.offset = offset;
    this.reason = reason;
  }
}
