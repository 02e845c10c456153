// Takes one file in a process of its own, and kills itself with SIGKILL before its n-th database statement, or after the
// n-th piece of COPY data. Argument: JSON {databaseUrl, path, killAt}. Prints how many statements it made.
import { basename } from 'node:path';
import pg from 'pg';
import { openAcquirerFile } from '../../../dist/settlement/acquirer/open.js';
import { takeAcquirerFile } from '../../../dist/settlement/acquirer/take.js';

const { databaseUrl, path, killAt } = JSON.parse(process.argv[2]);
let statements = 0;

class CountingClient extends pg.Client {
  query(...args) {
    if (++statements === killAt) process.kill(process.pid, 'SIGKILL');
    const result = super.query(...args);
    // A COPY is one statement and many pieces: it may end between any two of them.
    const { _write: write, _writev: writeMany } = result ?? {};
    if (typeof write !== 'function') return result;
    const count = () => {
      if (++statements === killAt) process.kill(process.pid, 'SIGKILL');
    };
    result._write = function (...piece) {
      count();
      return write.apply(this, piece);
    };
    // Pieces that waited together come together; they count one by one.
    result._writev = function (pieces, done) {
      pieces.forEach(count);
      return writeMany.call(this, pieces, done);
    };
    return result;
  }
}

const pool = new pg.Pool({ connectionString: databaseUrl, max: 2, Client: CountingClient });
pool.on('error', () => undefined);
const name = basename(path);
const now = Date.parse('2026-11-25T06:00:00Z');
await takeAcquirerFile(pool, path, name, openAcquirerFile(path, name), now);
await pool.end();
console.log(String(statements));
