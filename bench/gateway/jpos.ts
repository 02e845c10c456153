import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { DEMO_TERMINALS, demoPan } from '../../src/demo/programme.ts';
import { freePort } from '../../src/demo/machine/postgres.ts';
import { wrapKeyBlock } from '../../src/hsm/index.ts';
import { HOUSEHOLDS } from './households.ts';

const FOLDER = fileURLToPath(new URL('./peers/jpos', import.meta.url));
const PEPPER = 'of the bench';
const PASSWORD = 'changeit';

export interface JposOptions {
  /** A database of its own on the server that the gateway uses. */
  readonly databaseUrl: string;
  /** With the server's and the terminals' certificates, as `npm start` makes them. */
  readonly tlsFolder: string;
  /** Connections to the database, and as many transactions at once. */
  readonly sessions: number;
}

/** What a household's money and a purchase are in the peer: no more than the job needs. */
const SCHEMA = `
  create table households (id bigint primary key);
  create table cards (hash bytea primary key, household bigint not null references households);
  create table buckets (id bigserial primary key, household bigint not null references households,
    remaining bigint not null check (remaining >= 0), expires date not null);
  create index on buckets (household, expires);
  create table transactions (id bigserial primary key, rrn text not null, terminal text not null, merchant text not null,
    household bigint not null, amount numeric not null, voucher numeric not null, at timestamptz not null default now());
  create table requests (terminal text, stan text, local text, transaction bigint not null, primary key (terminal, stan, local));
  create table postings (id bigserial primary key, transaction bigint not null, account text not null, amount bigint not null);
  create index on postings (transaction)`;

/** A gateway of jPOS that does the same job (peers/jpos): Q2 with a server of TLS and client certificates, GenericPackager, MACs
 *  checked and made, a TransactionManager, HikariCP, one SQL transaction a purchase. */
export class JposGateway {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #place: string;

  private constructor(port: number, process: ChildProcess, place: string) {
    this.port = port;
    this.#process = process;
    this.#place = place;
  }

  /** @returns undefined where Java or Maven is missing, or a package cannot be had */
  static async start(options: JposOptions): Promise<JposGateway | undefined> {
    const place = mkdtempSync(join(tmpdir(), 'kalabarg-bench-jpos-gateway-'));
    try {
      const classpath = compile();
      const port = await freePort();
      prepare(place, port, options.tlsFolder);
      const child = spawn(
        'java',
        ['-XX:+UseG1GC', '-Xmx1g', '-cp', classpath, 'org.jpos.q2.Q2', '-d', join(place, 'deploy')],
        {
          cwd: place,
          stdio: ['ignore', 'pipe', 'pipe'],
          env: {
            ...process.env,
            PEER_DATABASE: jdbc(options.databaseUrl),
            PEER_SESSIONS: String(options.sessions),
            PEER_TERMINALS: join(place, 'terminals'),
            PEER_KEYSTORE: join(place, 'keystore.jks'),
            PEER_PACKAGER: join(FOLDER, 'kalabarg-pos.xml'),
          },
        },
      );
      child.stdout.resume();
      child.stderr.resume();
      const gateway = new JposGateway(port, child, place);
      await gateway.#ready();
      return gateway;
    } catch (error) {
      rmSync(place, { recursive: true, force: true });
      console.log(`no jPOS here: ${error instanceof Error ? error.message.slice(0, 500) : String(error)}`);
      return undefined;
    }
  }

  get rssMiB(): number {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1_024;
  }

  /** Of all its threads so far. */
  get processorSeconds(): number {
    const fields = readFileSync(`/proc/${this.#process.pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#process.once('exit', done));
    this.#process.kill('SIGKILL');
    await ended;
    rmSync(this.#place, { recursive: true, force: true });
  }

  /** Java takes seconds to listen. */
  async #ready(): Promise<void> {
    for (const end = Date.now() + 60_000; Date.now() < end;) {
      if (this.#process.exitCode !== null) throw new Error(`jPOS ended with ${this.#process.exitCode}`);
      if (await listens(this.port)) return;
      await new Promise((done) => setTimeout(done, 200));
    }
    throw new Error('jPOS does not listen after 60 s');
  }
}

/** The households of the bench with their cards, and credit that no bench uses up. */
export async function fillJposBooks(databaseUrl: string): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await client.query(SCHEMA);
    const { first, count } = HOUSEHOLDS;
    const cards = Array.from({ length: count }, (_, index) =>
      createHmac('sha256', PEPPER)
        .update(demoPan(first + index))
        .digest(),
    );
    await client.query('insert into households select generate_series($1::int, $1 + $2 - 1)', [first, count]);
    await client.query(
      'insert into cards select hash, $2 + n - 1 from unnest($1::bytea[]) with ordinality t (hash, n)',
      [cards, first],
    );
    await client.query(
      `insert into buckets (household, remaining, expires) select id, 1000000000000, current_date + 30 from households`,
    );
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}

/** @returns the class path, of classes compiled once and packages fetched once */
function compile(): string {
  const place = join(tmpdir(), 'kalabarg-bench-jpos-gateway');
  mkdirSync(place, { recursive: true });
  const list = join(place, 'classpath');
  if (!existsSync(list))
    execFileSync(
      'mvn',
      ['-q', '-f', join(FOLDER, 'pom.xml'), 'dependency:build-classpath', `-Dmdep.outputFile=${list}`],
      { stdio: 'pipe' },
    );
  const packages = readFileSync(list, 'utf8').trim();
  const sources = readdirSync(FOLDER).filter((name) => name.endsWith('.java'));
  execFileSync('javac', ['-cp', packages, '-d', place, ...sources.map((name) => join(FOLDER, name))], {
    stdio: 'pipe',
  });
  return `${place}:${packages}`;
}

/** What Q2 deploys, certificates as Java reads them, and a TAK a terminal. */
function prepare(place: string, port: number, tlsFolder: string): void {
  cpSync(join(FOLDER, 'deploy'), join(place, 'deploy'), { recursive: true });
  const server = join(place, 'deploy', '30_server.xml');
  writeFileSync(server, readFileSync(server, 'utf8').replace('@PORT@', String(port)));
  const keystore = join(place, 'keystore.jks');
  const [certificate, key, ca] = ['server.crt', 'server.key', 'ca.crt'].map((name) => join(tlsFolder, name));
  execFileSync('openssl', [
    ...['pkcs12', '-export', '-in', certificate!, '-inkey', key!, '-name', 'server'],
    ...['-out', keystore, '-passout', `pass:${PASSWORD}`],
  ]);
  execFileSync(
    'keytool',
    ['-importcert', '-noprompt', '-alias', 'ca', '-file', ca!, '-keystore', keystore, '-storepass', PASSWORD],
    { stdio: 'pipe' },
  );
  const lines = DEMO_TERMINALS.filter(({ algorithm }) => algorithm === 'TDES').map(({ terminal, tmk }) => {
    const [tpk, tak] = [randomBytes(16), randomBytes(16)];
    const block = (usage: string, mode: string, clear: Buffer): string =>
      wrapKeyBlock({ version: 'B', usage, algorithm: 'T', mode, exportability: 'N' }, clear, tmk);
    return `${terminal} ${tak.toString('hex')} ${block('P0', 'B', tpk)} ${block('M3', 'C', tak)}`;
  });
  writeFileSync(join(place, 'terminals'), lines.join('\n'), { mode: 0o600 });
}

function jdbc(databaseUrl: string): string {
  const { hostname, port, pathname, username, password } = new URL(databaseUrl);
  const credentials = new URLSearchParams({ user: decodeURIComponent(username) });
  if (password !== '') credentials.set('password', decodeURIComponent(password));
  return `jdbc:postgresql://${hostname}:${port}${pathname}?${credentials.toString()}`;
}

function listens(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => {
      done(false);
    });
  });
}
