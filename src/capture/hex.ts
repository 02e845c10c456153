import { captureError, linesOf, type CapturedFrame } from './frame.ts';

/** A frame a line, in hexadecimal, spaces allowed; `#` begins a comment. A requests' digit 3 of the MTI is even, an
 *  answer's odd: that says who wrote it. Lines have no time: they are a millisecond apart.
 *  @throws GatewayError `capture.file` with the line */
export function parseHex(text: string | Buffer, file: string, options: HexOptions): CapturedFrame[] {
  const frames: CapturedFrame[] = [];
  for (const { number, text: raw } of linesOf(typeof text === 'string' ? Buffer.from(text) : text, file)) {
    const line = raw.replace(/#.*$/, '').replace(/\s+/g, '');
    if (line === '') continue;
    const body = Buffer.from(line, 'hex');
    if (body.length * 2 !== line.length)
      throw captureError(file, `line ${number}, column ${body.length * 2 + 1}`, 'not whole bytes in hexadecimal');
    const answer = options.isAnswer(body);
    const from = options.side === 'terminal' ? (answer ? 'gateway' : 'terminal') : answer ? 'bank' : 'gateway';
    frames.push({ at: frames.length, from, connection: 'hex', dialect: options.dialect, body });
  }
  return frames;
}

export interface HexOptions {
  readonly dialect: string;
  /** Which side of the gateway the frames were seen on. */
  readonly side: 'terminal' | 'bank';
  readonly isAnswer: (body: Buffer) => boolean;
}
