import { openPool } from '../../ops/database.ts';
import { GatewayError, messageOf, sqlStateOf } from '../../ops/errors.ts';
import { takeFile } from './take-file.ts';
import type { TakeAnswer, TakeJob } from './take-process.ts';

/** The program of the process that reads one file of the inbox (take-process.ts). It ends with its gateway. */
process.once('disconnect', () => process.exit(1));
process.once('message', (message) => {
  void take(message as TakeJob).then((answer) => {
    process.send?.(answer, () => process.exit(0));
  });
});

async function take({ databaseUrl, path, name, ...rest }: TakeJob): Promise<TakeAnswer> {
  const pool = openPool(databaseUrl, 2);
  pool.on('error', () => undefined); // the query that runs fails, and says so
  try {
    return { is: 'taken', message: await takeFile({ pool, ...rest }, path, name) };
  } catch (error) {
    if (error instanceof GatewayError) return { is: 'refused', code: error.code, message: error.message };
    return { is: 'failed', own: isOfTheFile(error), message: messageOf(error) };
  }
}

/** Classes of SQLSTATE that a file's content can cause: data, constraints, and what is too large or too deep. */
const OF_DATA = /^(?:22|23|42|54|XX)/;

/** Whether it would fail again in better times: the database, the network and the disk are nobody's file. */
function isOfTheFile(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return OF_DATA.test(state);
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}
