import { exponentHint } from '../../ops/csv.ts';
import { csvRows } from '../files/csv.ts';
import { Faults } from '../files/faults.ts';
import type { Answer, AnswerReader } from './model.ts';
import { statusOf } from './status.ts';

/** `end_to_end_id,status,reason` (files.md); status as in pain.002.
 *  @param name of the file: the only identity that a CSV has */
export function readAnswerCsv(path: string, name: string): AnswerReader {
  const faults = new Faults();
  return { kind: 'csv', faults, answers: () => answers(path, faults), identity: () => name };
}

async function* answers(path: string, faults: Faults): AsyncGenerator<Answer> {
  for await (const { line, values } of csvRows(path, ['end_to_end_id', 'status', 'reason'], faults)) {
    const id = (values['end_to_end_id'] ?? '').trim();
    const code = (values['status'] ?? '').trim().toUpperCase();
    const reason = (values['reason'] ?? '').trim().replace(/\s+/g, ' ').slice(0, 35);
    const status = statusOf(code);
    if (!/^[A-Za-z0-9]{1,35}$/.test(id))
      faults.add(line, 1, `end_to_end_id may not be "${id.slice(0, 40)}"${exponentHint(id)}`);
    else if (status === undefined) faults.add(line, id.length + 2, `status may not be "${code.slice(0, 10)}"`);
    else if (status === 'blocked') yield { of: 'order', line, instructionId: id, status: 'accepted', reason: code };
    else yield { of: 'order', line, instructionId: id, status, reason };
  }
}
