import { GatewayError, messageOf } from '../../../ops/errors.ts';
import {
  encodeChunkRequest,
  encodeReport,
  readChunk,
  type Chunk,
  type VersionReport,
} from '../../../updates/format/index.ts';
import type { Answer, SimulatedTerminal } from '../terminal.ts';
import { endless, missing, unreachable, type UpdateSource } from './source.ts';

/** Asks the gateway; of `SimulatedTerminal`. */
export type Exchange = Pick<SimulatedTerminal, 'send'>;

/** Pieces that are broken on the way are asked for again. */
const TRIES = 3;

/** Updates by 0800 for a device without HTTPS (terminals.md 3): DE 70 901 with tag 35, answered by tag 36; reports by 902, tag 37. */
export function wireSource(terminal: Exchange): UpdateSource {
  const pieces: UpdateSource['pieces'] = async function* (name, from, most) {
    let total = most;
    for (let at = from; at < total;) {
      const chunk = await chunkOf(terminal, name, at);
      if (chunk === undefined) {
        yield* pieces(name, 0, most); // what lies here is longer than the file
        return;
      }
      if (chunk.total > most) throw endless(name, most);
      if (at !== from && chunk.total !== total) throw unreachable(`${name} changed while it came`);
      total = chunk.total;
      yield { at, data: chunk.data };
      at += chunk.data.length;
    }
  };
  return {
    kind: 'wire',
    pieces,
    small: async (name, most) => {
      const parts: Buffer[] = [];
      for await (const { data } of pieces(name, 0, most)) parts.push(data);
      return Buffer.concat(parts);
    },
    report: async (report) => {
      const { rc, message } = await asked(() => terminal.send('0800', { 70: '902', 48: { '37': reportText(report) } }));
      if (rc === '00') return;
      if (rc === '96' || rc === '91') throw unreachable(`RC ${rc}`);
      throw new GatewayError(
        'device.refused',
        `The version report was refused: RC ${rc} ${message.get('48.90') ?? ''}`,
      );
    },
  };
}

/** @returns undefined: the file has no such offset */
async function chunkOf(terminal: Exchange, file: string, offset: number): Promise<Chunk | undefined> {
  for (let left = TRIES; ; left--) {
    const answer = await asked(() =>
      terminal.send('0800', { 70: '901', 48: { '35': encodeChunkRequest({ file, offset }) } }),
    );
    if (answer.rc === '25') throw missing(file);
    if (answer.rc === '30' && offset > 0) return undefined;
    const tag = answer.message.get('48.36');
    if (answer.rc !== '00' || tag === undefined) throw unreachable(`RC ${answer.rc} for ${file}`);
    try {
      const chunk = readChunk(tag);
      if (chunk.offset === offset) return chunk;
    } catch (error) {
      if (left <= 1) throw unreachable(messageOf(error), error);
    }
    if (left <= 1) throw unreachable(`pieces of ${file} come from another place than was asked for`);
  }
}

async function asked(exchange: () => Promise<Answer>): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await exchange();
  } catch (error) {
    throw unreachable(messageOf(error), error);
  }
  if (answer.macGood !== true) throw unreachable('the MAC of the answer does not hold');
  return answer;
}

/** Of a report that is too long for a message, what did not change is left out. */
function reportText(report: VersionReport): string {
  try {
    return encodeReport(report);
  } catch {
    const { component, components } = report;
    const own = component === undefined ? undefined : components[component];
    return encodeReport({
      ...report,
      components: own === undefined || component === undefined ? {} : { [component]: own },
    });
  }
}
