import { Duplex } from 'node:stream';
import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { Chance } from '../chance.ts';
import type { Process, Scheduler } from '../scheduler.ts';
import { Cutter, query, renamed, textAt, welcome, type StoreMessage } from './messages.ts';

/** What the way to the database is like. */
export interface StoreWeather {
  /** Of a request, and of its answer, ms. */
  readonly latencyMs: readonly [least: number, most: number];
  /** That a connection is lost with a request: before it was done, or after. */
  readonly losses: number;
}

export const NEAR: StoreWeather = { latencyMs: [0, 2], losses: 0 };

interface Request {
  readonly session: Session;
  readonly bytes: Buffer;
}

/** Ends what a request began: its answers come then. Sync, a query, and what is sent into a COPY. */
const ENDS = new Set(['S', 'Q', 'c', 'f']);
const READY = 'Z';
const NOTICE = 'A';

/** PostgreSQL's own code in this process (PGlite), as many connections as one likes on its only one: a transaction has it until its
 *  end, and who comes meanwhile waits. The protocol is the real one, so the product's own `pg` speaks to it. */
export class Store {
  readonly scheduler: Scheduler;
  readonly #chance: Chance;
  #database: PGlite;
  readonly #open: (image: Blob) => Promise<PGlite>;
  readonly #server: Process = { name: 'database', alive: true };
  readonly #sessions = new Set<Session>();
  readonly #waiting: Request[] = [];
  /** Who has a transaction open. */
  #holder: Session | undefined;
  #count = 0;
  weather: StoreWeather = NEAR;
  /** Requests that were done. */
  requests = 0;
  /** Transactions that ended well or not, and single statements. */
  commits = 0;

  /** @param open a database from its files, as a server does that was not shut down */
  constructor(scheduler: Scheduler, chance: Chance, database: PGlite, open: (image: Blob) => Promise<PGlite>) {
    this.scheduler = scheduler;
    this.#chance = chance;
    this.#database = database;
    this.#open = open;
  }

  /** A transaction is open. */
  get busy(): boolean {
    return this.#holder !== undefined;
  }

  /** A pool as the product's own is. */
  pool(owner: Process, max = 16): pg.Pool {
    const pool = new pg.Pool({ ...this.#config(owner), max, idleTimeoutMillis: 0 });
    pool.on('connect', (client) => client.on('error', () => undefined));
    pool.on('error', () => undefined);
    return pool;
  }

  async client(owner: Process): Promise<pg.Client> {
    const client = new pg.Client(this.#config(owner));
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Asks at once, past every queue and every fault: for what looks on from outside of the world.
   *  @throws Error what the database says */
  look<Row>(sql: string): Row[] {
    if (this.#holder !== undefined) throw new Error('a transaction is open');
    const fields: string[] = [];
    const rows: Row[] = [];
    for (const { type, bytes } of this.#ask(query(sql))) {
      if (type === 'E') throw new Error(errorText(bytes));
      if (type === 'T') fields.splice(0, fields.length, ...namesOf(bytes));
      if (type === 'D') rows.push(rowOf(bytes, fields) as Row);
    }
    return rows;
  }

  /** Everything that is committed, as the files of the data folder. A transaction that is open is in it as it would be after a power
   *  cut: begun, and never committed. */
  image(): Promise<Blob> {
    return this.#database.dumpDataDir('none');
  }

  /** The power goes, this moment: what is committed comes back out of the log that was written ahead, what is open does not, and every
   *  connection is lost. */
  async losePower(): Promise<void> {
    const image = await this.image();
    await this.#database.close();
    this.#database = await this.#open(image);
    this.#holder = undefined;
    this.#waiting.splice(0);
    for (const session of [...this.#sessions]) {
      this.#sessions.delete(session);
      this.scheduler.after(session.owner, this.#delay(), 'connection lost', () => {
        session.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
      });
    }
  }

  /** A process is no more: the server ends its connections, and with them what they had begun. */
  died(owner: Process): void {
    for (const session of [...this.#sessions]) if (session.owner === owner) this.#end(session);
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  /** What a session sends comes here, in order. */
  take(session: Session, messages: readonly StoreMessage[]): void {
    for (const each of messages) {
      if (each.type === 'X') {
        this.scheduler.after(this.#server, this.#delay(), 'disconnect', () => {
          this.#end(session);
        });
      } else if (each.type === 'start') this.#answer(session, welcome());
      else {
        session.collected.push(renamed(each, session.prefix));
        if (each.type === 'P') session.prepared(textAt(each.bytes, 5)[0]);
        if (!ENDS.has(each.type)) continue;
        const bytes = Buffer.concat(session.collected.splice(0));
        this.scheduler.after(this.#server, this.#delay(), 'request', () => {
          this.#reach({ session, bytes });
        });
      }
    }
  }

  #reach(request: Request): void {
    const { session } = request;
    if (!this.#sessions.has(session)) return;
    if (this.#holder !== undefined && this.#holder !== session) this.#waiting.push(request);
    else this.#serve(request);
  }

  #serve({ session, bytes }: Request): void {
    const lost = session.owner.alive && this.#chance.happens(this.weather.losses);
    if (lost && this.#chance.happens(0.5)) {
      this.#cut(session);
      return;
    }
    this.requests++;
    const own: Buffer[] = [];
    const answers = this.#ask(bytes);
    for (const answer of answers) {
      if (answer.type === NOTICE) this.#notify(answer.bytes);
      else own.push(answer.bytes);
      if (answer.type === READY) {
        const isIdle = answer.bytes[5] === 0x49;
        if (isIdle) this.commits++;
        this.#holder = isIdle ? undefined : session;
      }
    }
    session.listens(bytes);
    if (lost) this.#cut(session);
    else this.#answer(session, Buffer.concat(own));
    this.#next();
  }

  /** Who waited is next once nothing is held any more. */
  #next(): void {
    while (this.#holder === undefined) {
      const request = this.#waiting.shift();
      if (request === undefined) return;
      if (!this.#sessions.has(request.session)) continue;
      this.#serve(request);
      return;
    }
  }

  #ask(bytes: Buffer): StoreMessage[] {
    const real = Date.now;
    Date.now = () => Math.floor(this.scheduler.now);
    try {
      return new Cutter(true).push(this.#database.execProtocolRawSync(bytes));
    } finally {
      Date.now = real;
    }
  }

  #notify(bytes: Buffer): void {
    const [channel] = textAt(bytes, 9);
    for (const session of this.#sessions) if (session.channels.has(channel)) this.#answer(session, bytes);
  }

  #answer(session: Session, bytes: Buffer): void {
    if (!session.owner.alive) return;
    this.scheduler.after(session.owner, session.inOrder(this.scheduler.now, this.#delay()), 'answer', () => {
      if (!session.destroyed) session.push(bytes);
    });
  }

  #cut(session: Session): void {
    this.#end(session);
    this.scheduler.after(session.owner, this.#delay(), 'connection lost', () => {
      session.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    });
  }

  #end(session: Session): void {
    if (!this.#sessions.delete(session)) return;
    if (this.#holder === session) {
      this.#ask(query('rollback'));
      this.#holder = undefined;
    }
    // In a transaction of another session these wait for its end: so does who asks next.
    const deallocated = session.statements().map((name) => `deallocate "${name}"`);
    if (this.#holder === undefined && deallocated.length > 0) for (const sql of deallocated) this.#ask(query(sql));
    if (this.#holder === undefined) this.#next();
  }

  #delay(): number {
    return this.#chance.between(...this.weather.latencyMs);
  }

  #config(owner: Process): pg.ClientConfig {
    const stream = (): Duplex => {
      const session = new Session(this, owner, `s${++this.#count}.`);
      this.#sessions.add(session);
      return session;
    };
    return {
      stream: stream,
      user: 'postgres',
      database: 'postgres',
      ssl: false,
    };
  }
}

/** A connection as `pg` has it: what is written goes to the store. */
class Session extends Duplex {
  readonly owner: Process;
  readonly prefix: string;
  readonly channels = new Set<string>();
  /** Messages of a request that is not whole yet. */
  readonly collected: Buffer[] = [];
  readonly #store: Store;
  readonly #messages = new Cutter(false);
  readonly #statements = new Set<string>();
  #lastAt = 0;

  constructor(store: Store, owner: Process, prefix: string) {
    super();
    this.#store = store;
    this.owner = owner;
    this.prefix = prefix;
  }

  /** `pg` connects its stream; there is nothing to connect. */
  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  prepared(name: string): void {
    if (name !== '') this.#statements.add(this.prefix + name);
  }

  statements(): string[] {
    return [...this.#statements];
  }

  /** Answers of one connection come in their order. */
  inOrder(now: number, delay: number): number {
    this.#lastAt = Math.max(this.#lastAt, now + delay);
    return this.#lastAt - now;
  }

  listens(bytes: Buffer): void {
    if (bytes[0] !== 0x51) return;
    const channel = /^listen\s+"?(\w+)"?/i.exec(textAt(bytes, 5)[0])?.[1];
    if (channel !== undefined) this.channels.add(channel);
  }

  override _read(): void {
    // What arrives is pushed.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#store.take(this, this.#messages.push(chunk));
    done();
  }
}

function namesOf(bytes: Buffer): string[] {
  const names: string[] = [];
  let at = 7;
  for (let left = bytes.readInt16BE(5); left > 0; left--) {
    const [name, next] = textAt(bytes, at);
    names.push(name);
    at = next + 18;
  }
  return names;
}

function rowOf(bytes: Buffer, fields: readonly string[]): Record<string, string | null> {
  const row: Record<string, string | null> = {};
  let at = 7;
  for (const field of fields) {
    const length = bytes.readInt32BE(at);
    row[field] = length < 0 ? null : bytes.toString('utf8', at + 4, at + 4 + length);
    at += 4 + Math.max(0, length);
  }
  return row;
}

function errorText(bytes: Buffer): string {
  return bytes
    .toString('utf8', 5)
    .split('\0')
    .map((part) => part.slice(1))
    .join(' ');
}
