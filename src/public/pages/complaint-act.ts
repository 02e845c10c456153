import { actOnComplaint, complaintPosition, type KeptComplaint } from '../../complaints/index.ts';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import type { By } from '../../people/index.ts';
import type { Door } from '../door.ts';
import type { Form } from '../forms.ts';

const ACTS = ['withdraw', 'answer', 'contest'] as const;
const MOST_WORDS = 500;

/** Does what a complainant's form asks. What the complaint does not take (any more) is not done: its page says how it stands. */
export async function actByForm(door: Door, { id, facts }: KeptComplaint, form: Form, by: By): Promise<void> {
  const kind = ACTS.find((each) => each === form.get('act'));
  const text = form.get('text').trim().slice(0, MOST_WORDS);
  const can = complaintPosition(facts, door.clock.now()).waiting?.can ?? [];
  if (kind === undefined || !can.includes(kind) || (kind !== 'withdraw' && text === '')) return;
  const what = kind === 'withdraw' ? { kind } : { kind, text };
  try {
    await transaction(door.pool(), (db) => actOnComplaint(db, { id }, what, by, door.clock.now()));
  } catch (error) {
    if (!(error instanceof GatewayError && error.code === 'complaints.state')) throw error; // the same form was faster
  }
}
