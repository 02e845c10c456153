/* global fetch */
// A day of work for the pictures of the console: purchases, a closed and paid day, breaks, a case, complaints, notices, releases.
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const COMMAND = new URL('../bin/kalabarg.js', import.meta.url).pathname;

/** @param world `{ data, environment, http, door }` of a demo that runs
 *  @param browser Chromium: the shop applies as shops do */
export async function fillWorld(world, browser) {
  const { data, environment } = world;
  const kalabarg = async (...args) => (await run(process.execPath, [COMMAND, ...args], { env: environment })).stdout;
  const tokens = JSON.parse(readFileSync(join(data, 'secrets', 'demo-people.json'), 'utf8'));
  const api = caller(world, tokens);
  const said = (what) => console.log(`world: ${what}`);

  await kalabarg('load', '--terminals', '20', '--rate', '10', '--for', '20s', '--warm-up', '1s', '--mix', 'purchase=60,split=20,cash=10,inquiry=5,reversal=3,return=2'); // prettier-ignore
  for (const household of ['901', '902', '903', '905'])
    await kalabarg(
      'simulate',
      'terminal',
      'purchase',
      '--amount',
      '90000000',
      '--household',
      household,
      '--json',
    ).catch(() => ''); // declined, as it should be
  said('purchases');

  await complaints(api);
  await shops(api);
  said('shops');

  // on a phone, meanwhile
  const applied = shopApplies(world, browser, kalabarg);
  await acquirer(kalabarg, data);
  await kalabarg('settle', '--date', 'today', '--hold');
  const [day] = (await api('demo-checker', 'GET', '/business-days?limit=5')).items.filter(({ state }) => state === 'written'); // prettier-ignore
  await kalabarg('settlement', 'release', '--date', day.businessDay);
  await until(() => outboxOf(data).length > 0);
  const [file] = outboxOf(data);
  const [first] = /(?<=<InstrId>)[A-Za-z0-9]+/.exec(readFileSync(file, 'utf8')) ?? [];
  await kalabarg('simulate', 'bank', 'answers', '--return', `${first}=AC04`);
  stranger(data);
  await until(async () => (await api('demo-checker', 'GET', '/bank-answers')).items.length > 1);
  said('a day that is paid');

  await releases(environment, data);
  await kalabarg('load', '--terminals', '20', '--rate', '8', '--for', '10s', '--warm-up', '1s');
  await applied;
  said('the next day');
}

function caller({ http }, tokens) {
  return async (login, method, path, body, etag) => {
    const answer = await fetch(`${http}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tokens[login]}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(etag === undefined ? {} : { 'if-match': etag }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const read = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(read)}`);
    return read;
  };
}

async function complaints(api) {
  const { items } = await api('demo-checker', 'GET', '/transactions?limit=100');
  const sales = items.filter(({ kind, state }) => kind === 'purchase' && state === 'approved').slice(0, 3);
  const kinds = [
    ['amount', 'مبلغی که روی رسید است با مبلغ کالا یکی نیست.'],
    ['overcharged', 'فروشنده بیش از سهم قانونی از کارت من گرفت.'],
    ['deducted', 'از حسابم کم شد ولی کالا تحویل نشد.'],
  ];
  for (const [at, { rrn, terminal, totalRials, card }] of sales.entries()) {
    const [kind, text] = kinds[at];
    await api('demo-maker', 'POST', '/complaints', { kind, rrn, terminal, totalRials, last4: card.slice(-4), mobile: '09121234567', text }); // prettier-ignore
  }
}

async function shops(api) {
  const merchant = '000000000000002';
  const { items } = await api('demo-checker', 'GET', `/transactions?merchant=${merchant}&limit=5`);
  const violation = { kind: 'cash_out', at: new Date(Date.now() - 3_600_000).toISOString(), note: 'چهل خرید هم‌مبلغ در یک دقیقه', evidence: items.slice(0, 1).map(({ rrn }) => rrn) }; // prettier-ignore
  const found = await api('demo-maker', 'POST', `/shops/${merchant}/violations`, violation);
  const violations = found.violations.map(({ id }) => id);
  await api('demo-maker', 'POST', `/shops/${merchant}/notices`, { violations, sanction: 'DISQUALIFIED', days: 365, text: 'خریدهای صوری: کالایی تحویل نشده است.' }); // prettier-ignore
}

/** From a phone, with photographs, as test/system/journey.test.ts has it. */
async function shopApplies({ door }, browser, kalabarg) {
  const { shopkeeper } = await import('../test/support/shopkeeper.ts');
  const context = await browser.newContext({ baseURL: door, locale: 'fa-IR', timezoneId: 'Asia/Tehran', viewport: { width: 360, height: 740 } }); // prettier-ignore
  const page = await context.newPage();
  page.setDefaultTimeout(90_000);
  const codeOf = async (mobile) => {
    const [line = '{}'] = (await kalabarg('messages', '--to', mobile, '--limit', '1', '--json')).split('\n');
    return /[0-9۰-۹]{6}/.exec(JSON.parse(line).text)?.[0] ?? '';
  };
  const keeper = shopkeeper(page, codeOf);
  await page.goto('/apply/new?guild=supermarket');
  await keeper.signIn('09121234567');
  await keeper.apply('سوپرمارکت امید', 'IR71 0560 0000 0010 0324 2000 01', 'S90-JOURNEY-1');
  await keeper.press('فرستادن درخواست');
  await context.close();
}

/** What the bank's switch saw, with one amount that is another. */
async function acquirer(kalabarg, data) {
  const folder = join(data, 'acquirer');
  await kalabarg('simulate', 'bank', 'settlement', '--data', join(data, 'bank'), '--format', 'camt053', '--out', folder); // prettier-ignore
  const name = readdirSync(folder).find((each) => each.endsWith('.xml'));
  const text = readFileSync(join(folder, name), 'utf8');
  writeFileSync(join(folder, 'other.xml'), text.replace(/(<InstdAmt><Amt Ccy="IRR">)(\d+)/, (_, tag, rials) => `${tag}${Number(rials) + 50_000}`)); // prettier-ignore
  await kalabarg('reconcile', 'take', join(folder, 'other.xml')).catch((error) => {
    console.log(`world: ${String(error.stderr ?? error)}`); // breaks are told by the exit status too
  });
}

const outboxOf = (data) => {
  try {
    return readdirSync(join(data, 'outbox')).filter((name) => name.endsWith('.ccti')).map((name) => join(data, 'outbox', name)); // prettier-ignore
  } catch {
    return [];
  }
};

/** A booking that names no order of ours. */
function stranger(data) {
  const entry = '<Ntry><Amt Ccy="IRR">7500000</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><NtryDtls><TxDtls><Refs><InstrId>BANKREF000017</InstrId></Refs></TxDtls></NtryDtls></Ntry>'; // prettier-ignore
  const text = `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>STMT1</MsgId></GrpHdr>
<Stmt><Id>STMT-1</Id><Acct><Id><IBAN>IR380170000000100000000001</IBAN></Id></Acct>
${entry}
</Stmt></BkToCstmrStmt></Document>
`;
  mkdirSync(join(data, 'inbox'), { recursive: true });
  writeFileSync(join(data, 'inbox', '.statement.xml'), text);
  renameSync(join(data, 'inbox', '.statement.xml'), join(data, 'inbox', 'statement.xml'));
}

/** Two releases of parameters, one of them rolled out. Who signs and publishes does it offline, with keys of their own (docs/updates.md). */
async function releases(environment, data) {
  const { ownerDatabaseUrl } = JSON.parse(readFileSync(join(data, 'runtime.json'), 'utf8'));
  const [{ approveRelease, stageRelease }, { transaction }] = await Promise.all([
    import('../src/updates/index.ts'),
    import('../src/ops/database.ts'),
  ]);
  const pool = new pg.Pool({ connectionString: ownerDatabaseUrl, max: 2 });
  pool.on('error', () => undefined);
  try {
    const { rows } = await pool.query(`select person_id::text as id, login as name from persons where login like 'demo-%' order by login desc`); // prettier-ignore
    const [maker, checker] = rows;
    const made = [];
    for (const [text, textFa, textEn] of [
      ['{"idleSeconds":60}', 'زمان بیکاری یک دقیقه', 'Idle time of one minute'],
      ['{"idleSeconds":45}', 'زمان بیکاری ۴۵ ثانیه', 'Idle time of 45 seconds'],
    ]) {
      const wanted = { component: 'params', profile: 'native', content: Buffer.from(text), textFa, textEn };
      const release = await stageRelease(pool, wanted, { actor: maker }, Date.now());
      await transaction(pool, (db) => approveRelease(db, release.id, { actor: checker }, Date.now()));
      made.push(release.id);
    }
    await pool.query('update update_releases set published_at = now()');
    await pool.query(
      `insert into update_rollouts (release_id, plan, state, step_since, proposed_by, proposed_at, released_by, released_at)
       values ($1, '{"own": []}', 'done', now(), $2, now() - interval '1 hour', $3, now())`,
      [made[1], maker.id, checker.id],
    );
  } finally {
    await pool.end();
  }
}

async function until(look) {
  for (let tries = 0; tries < 240; tries++) {
    if (await look()) return;
    await new Promise((done) => setTimeout(done, 500));
  }
  throw new Error('The world did not come to be within two minutes.');
}
