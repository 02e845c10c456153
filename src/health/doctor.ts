import { messageOf } from '../ops/errors.ts';
import { backups } from './checks/backups.ts';
import { days, postings } from './checks/books.ts';
import { certificates } from './checks/certificates.ts';
import { clock, database, role, server, transactions, version } from './checks/database.ts';
import { alarms, copies } from './checks/gateway.ts';
import { keys } from './checks/keys.ts';
import { disk, secrets, settings } from './checks/machine.ts';
import { practice } from './checks/practice.ts';
import { queue } from './checks/queue.ts';
import { replication } from './checks/replication.ts';
import { unknown, type CheckName, type Finding, type Said } from './finding.ts';
import type { Patient } from './patient.ts';

type Check = (patient: Patient) => Promise<readonly Said[]>;

/** In the order in which a person would look: what comes first explains what follows. */
const CHECKS: Readonly<Record<CheckName, Check>> = {
  settings,
  secrets,
  disk,
  certificates,
  database,
  version,
  role,
  server,
  replication,
  transactions,
  backups,
  practice,
  clock,
  keys,
  queue,
  gateway: copies,
  alarms,
  days,
  postings,
};

/** A check that takes longer says that it could not look. */
const PATIENCE_MS = 10_000;

/** Looks at everything side by side; a check that fails or hangs takes no other with it. */
export async function examine(patient: Patient): Promise<Finding[]> {
  const found = await Promise.all(
    Object.entries(CHECKS).map(async ([check, look]) => {
      const said = await inTime(patient, look(patient)).catch((error: unknown) => [
        unknown(`could not be looked at: ${messageOf(error)}`, 'see the other findings; the database explains most'),
      ]);
      return said.map((each) => ({ check: check as CheckName, ...each }));
    }),
  );
  return found.flat();
}

async function inTime(patient: Patient, work: Promise<readonly Said[]>): Promise<readonly Said[]> {
  const done = new AbortController();
  const late = patient.clock.sleep(PATIENCE_MS, done.signal).then(() => {
    if (done.signal.aborted) return [];
    throw new Error(`no answer within ${PATIENCE_MS / 1_000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
  }
}
