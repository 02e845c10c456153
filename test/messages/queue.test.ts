import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { openPool, transaction } from '../../src/ops/database.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { listMessages, messageKey, queueMessage, TEMPLATES, type TemplateName } from '../../src/messages/index.ts';
import { placesOf } from '../../src/messages/templates.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

const NOW = Date.UTC(2026, 10, 27, 8);
const key = messageKey(Buffer.alloc(32, 7));
const until = NOW + 300_000;
let server: EmbeddedPostgres;
let pool: pg.Pool;
beforeAll(async () => {
  server = await temporaryPostgres();
  pool = openPool(await gatewayLogin(server.url), 4);
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

const named = Object.entries(TEMPLATES).flatMap(([name, { fa, en }]) => [
  [name as TemplateName, 'fa', fa],
  [name as TemplateName, 'en', en],
]) as [TemplateName, 'fa' | 'en', string][];

test.each(named)(
  '%s (%s) holds no link, no balance beside a name, and fits in four parts of an SMS',
  (_name, language, text) => {
    expect(text).not.toMatch(/https?|www|:\/\/|[a-z0-9]\.[a-z]{2,}\b/i);
    expect(text).not.toMatch(/[يك]/); // ی and ک
    const tellsMoney = /\{(amount|rials|balance|credit)\w*\}|مانده|balance/i.test(text);
    const namesSomebody = /\{(name|owner|shop|household)\w*\}/i.test(text);
    expect(tellsMoney && namesSomebody).toBe(false);
    expect(text.length).toBeLessThanOrEqual(language === 'fa' ? 4 * 67 : 4 * 153);
  },
);

test.each(Object.entries(TEMPLATES))('%s takes the same values in both languages', (_name, { fa, en }) => {
  expect(placesOf(fa).sort()).toEqual(placesOf(en).sort());
});

const confirm = { to: '09121234567', template: 'code.confirm', language: 'fa' } as const;

test('a message is there when its transaction is, and not otherwise', async () => {
  const message = { ...confirm, values: { number: '123456789', terms: '1405-1' }, about: 'case:1' };
  const secret = { code: '012345', until, key };
  await transaction(pool, (db) => queueMessage(db, message, NOW, secret), { undo: true });
  expect(await listMessages(pool, { about: 'case:1', limit: 5 })).toEqual([]);
  await transaction(pool, (db) => queueMessage(db, message, NOW, secret));
  const [line] = await listMessages(pool, { about: 'case:1', limit: 5 });
  expect(line).toMatchObject({
    mobile: '09121234567',
    template: 'code.confirm',
    version: 1,
    state: 'queued',
    tries: 0,
  });
  expect(line?.text).toContain('پروندهٔ ۱۲۳۴۵۶۷۸۹: ••••••');
  const [shown] = await listMessages(pool, { about: 'case:1', limit: 5 }, { key, now: NOW });
  expect(shown?.text).toContain(': 012345\n'); // as it is typed into a page
  const [lapsed] = await listMessages(pool, { about: 'case:1', limit: 5 }, { key, now: until });
  expect(lapsed?.text).toContain('••••••');
});

test.each([
  ['https://evil.example/pay', 'https evil example/pay'],
  ['www.evil.ir', 'www evil ir'],
  ['سوپر evil.ir', 'سوپر evil ir'],
  ['a\nبرنده شدید', 'a برنده شدید'],
  ['\u202eabc', ' abc'],
  ['{code}', '(code)'],
  ['x'.repeat(500), 'x'.repeat(100)],
])('what somebody typed cannot make a message lie: %j', async (typed, shown) => {
  const message = {
    ...confirm,
    language: 'en' as const,
    values: { number: typed, terms: '1' },
    about: `t:${typed.slice(0, 9)}`,
  };
  await transaction(pool, (db) => queueMessage(db, message, NOW, { code: '000000', until, key }));
  const [line] = await listMessages(pool, { about: message.about, limit: 1 });
  expect(line?.text).toContain(`Code for case ${shown}: ••••••`);
});

test.each([
  ['a value too few', { number: '1' }],
  ['a value too many', { number: '1', terms: '1', name: 'x' }],
])('%s is an error of the caller, before anything is written', async (_what, values) => {
  const queued = transaction(pool, (db) => queueMessage(db, { ...confirm, values }, NOW, { code: '1', until, key }));
  await expect(queued).rejects.toMatchObject({ code: 'messages.template' });
});

test('a code is sent in a message that has a place for it, and in no other', async () => {
  const queued = transaction(pool, (db) => queueMessage(db, { ...confirm, values: { number: '1', terms: '1' } }, NOW));
  await expect(queued).rejects.toMatchObject({ code: 'messages.template' });
});

test('the database itself refuses a link', async () => {
  const linked = pool.query(
    `insert into messages (mobile, template, version, language, body, queued_at, next_at)
     values ('09121234567', 'code.sign-in', 1, 'fa', 'see http://x', now(), now())`,
  );
  await expect(linked).rejects.toMatchObject({ code: '23514' });
});
