import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeAnswers } from '../../../src/settlement/answers/take.ts';
import { beginClearing, closeDay } from '../../../src/settlement/clearing/close.ts';
import { deliverFiles, type Courier } from '../../../src/settlement/clearing/deliver.ts';
import { sayArrived, saySendAgain } from '../../../src/settlement/clearing/delivery.ts';
import { makeOrders } from '../../../src/settlement/clearing/make.ts';
import { netShard } from '../../../src/settlement/clearing/net.ts';
import { releaseClearing } from '../../../src/settlement/clearing/release.ts';
import { getClearing } from '../../../src/settlement/clearing/state.ts';
import { writeFiles } from '../../../src/settlement/clearing/write.ts';
import { toJalali } from '../../../src/field/jalali.ts';
import { builtInProfile } from '../../../src/settlement/payments/profile.ts';
import { putFile } from '../../../src/settlement/transfer/sftp.ts';
import { answerCsv } from '../support/bank.ts';
import { testSheba } from '../support/books.ts';
import { openLedgerBooks, type LedgerBooks } from '../support/ledger-books.ts';
import { startSshd, type SshServer } from '../support/sshd.ts';

/** A real SFTP server behind a line that is cut when the answer to the rename comes. */
let books: LedgerBooks;
let sshd: SshServer;
let line: Server;
let answersAreLost = false;
const open = new Set<Socket>();
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay('2026-11-20');
  await books.addShop(1, testSheba(1));
  sshd = await startSshd();
  line = createServer((terminal) => {
    const server = connect(sshd.place.port, '127.0.0.1');
    open.add(terminal);
    terminal.on('error', () => undefined).on('close', () => server.destroy());
    server.on('error', () => undefined).on('close', () => terminal.destroy());
    terminal.pipe(server);
    server.on('data', (bytes) => {
      if (!answersAreLost) terminal.write(bytes);
    });
  }).listen(0, '127.0.0.1');
});
afterAll(async () => {
  line.close();
  await sshd.stop();
  await books.close();
});

const atOnce: Courier = (path, name, parting) => putFile(sshd.place, path, name, parting);
async function cutOnce(renamed: () => boolean): Promise<void> {
  for (let looks = 0; !renamed() && looks < 2_000; looks++) await sleep(5);
  for (const socket of open) socket.destroy();
}

/** The rename is done at the server, and nobody hears of it. */
const answerLost: Courier = async (path, name, parting) => {
  const port = (line.address() as AddressInfo).port;
  try {
    return await putFile({ ...sshd.place, port }, path, name, {
      ...parting,
      leaving: async () => {
        await parting.leaving();
        answersAreLost = true;
        void cutOnce(() => existsSync(join(sshd.place.folder, name)));
      },
    });
  } finally {
    answersAreLost = false;
  }
};

let ids = 0;
async function released(day: string): Promise<string> {
  const { pool, context, dataDir } = books;
  await books.add([{ id: ++ids, kind: 'purchase', day, shop: 1, voucher: 1_000 }]);
  await beginClearing(pool, { day, profile: builtInProfile('ccti-1'), maker: 'maryam', shards: 1 }, context.clock);
  await closeDay(pool, day, context.clock);
  await netShard(pool, day, 0);
  await makeOrders(pool, day);
  await writeFiles(pool, day, dataDir);
  await releaseClearing(pool, day, 'babak');
  const { rows } = await pool.query<{ id: string }>(
    'select message_id as id from payment_files where business_day = $1',
    [day],
  );
  return rows[0]?.id ?? '';
}

const deliver = (day: string, courier: Courier): Promise<void> => deliverFiles(books.pool, day, books.dataDir, courier);
const there = (): string[] => readdirSync(sshd.place.folder);
const said = { by: 'sara', reason: 'called the bank' };

test('it lies there: that is its delivery', async () => {
  const day = '2026-11-20';
  const id = await released(day);
  await expect(deliver(day, answerLost)).rejects.toMatchObject({ code: 'sftp.failed' });
  expect(there()).toEqual([`${id}.ccti`]);
  await deliver(day, atOnce);
  expect(await getClearing(books.pool, day)).toMatchObject({ state: 'delivered' });
  rmSync(join(sshd.place.folder, `${id}.ccti`));
});

test('the bank collected it: it is never sent again, its answers are taken, and tell that it came', async () => {
  const day = '2026-11-21';
  const id = await released(day);
  await expect(deliver(day, answerLost)).rejects.toMatchObject({ code: 'sftp.failed' });
  rmSync(join(sshd.place.folder, `${id}.ccti`)); // collected
  await expect(deliver(day, atOnce)).rejects.toThrow(`kalabarg settlement delivery ${id}`);
  expect(there()).toEqual([]);
  const answers = join(books.dataDir, 'paid.csv');
  writeFileSync(answers, answerCsv([{ id: `${toJalali(day).replaceAll('-', '')}000001`, status: 'ACSC' }]));
  expect((await takeAnswers(books.pool, answers, 'paid.csv')).orders.paid.count).toBe(1);
  await expect(saySendAgain(books.pool, id, said)).rejects.toMatchObject({ code: 'delivery.answered' });
  await deliver(day, atOnce);
  expect(there()).toEqual([]);
});

test('a person says that it came; that it did not is said by two, and then it goes again', async () => {
  const { pool } = books;
  const [came, lost] = ['2026-11-22', '2026-11-23'] as const;
  for (const day of [came, lost]) {
    const id = await released(day);
    await expect(saySendAgain(pool, id, said)).rejects.toMatchObject({ code: 'delivery.known' });
    await expect(deliver(day, answerLost)).rejects.toMatchObject({ code: 'sftp.failed' });
    rmSync(join(sshd.place.folder, `${id}.ccti`));
    await expect(deliver(day, atOnce)).rejects.toMatchObject({ code: 'delivery.unknown' });
    if (day === came) await sayArrived(pool, id, said);
    else {
      expect(await saySendAgain(pool, id, said)).toBe(false);
      await expect(saySendAgain(pool, id, said)).rejects.toMatchObject({ code: 'delivery.same-person' });
      expect(await saySendAgain(pool, id, { ...said, by: 'babak' })).toBe(true);
    }
    await deliver(day, atOnce);
    expect(existsSync(join(sshd.place.folder, `${id}.ccti`))).toBe(day === lost);
  }
});
