import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openAcquirerFile } from '../../../src/settlement/acquirer/open.ts';
import { takeAcquirerFile } from '../../../src/settlement/acquirer/take.ts';
import { takeAnswers } from '../../../src/settlement/answers/take.ts';
import { readPaymentFile } from '../../../src/settlement/payments/read.ts';
import { pain002, type Word } from './bank.ts';
import { rrnOf, stanOf, writeKbsf, type FileLine, type LedgerBooks, type Movement } from './ledger-books.ts';

/** Numbers from a seed, so that a month that fails can be had again. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export type Random = (below: number) => number;

/** A day's movements: purchases, returns of them, reversals at once and of the day before. */
export class Trade {
  readonly #random: Random;
  #id = 0;
  #yesterday: Movement[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  day(day: string, shops: number, purchases: number): Movement[] {
    const random = this.#random;
    const today: Movement[] = [];
    // Reversals across midnight: the purchase is of a day that is closed by now.
    for (const original of this.#yesterday.splice(0, Math.ceil(purchases / 200))) today.push(this.#back(original, day));
    const bought: Movement[] = [];
    for (let n = 0; n < purchases; n++) {
      const shop = 1 + random(shops);
      const voucher = shop === 3 && n % 50 === 0 ? 4_500_000_000 : 10_000 + random(3_000_000);
      const id = ++this.#id;
      const reversed = random(100) === 0;
      const purchase: Movement = { id, kind: 'purchase', day, shop, voucher, card: random(5) === 0 ? 5_000 : 0 };
      today.push(reversed ? { ...purchase, state: 'reversed' } : purchase);
      if (reversed) today.push(this.#back(purchase, day));
      else bought.push(purchase);
      if (random(60) === 0) {
        const part = 1 + random(voucher);
        today.push({ id: ++this.#id, kind: 'return', day, shop, voucher: part });
      }
    }
    this.#yesterday = bought;
    return today;
  }

  #back(original: Movement, day: string): Movement {
    const { id, shop, voucher, card } = original;
    return {
      id: ++this.#id,
      kind: 'reversal',
      day,
      shop,
      voucher,
      card: card ?? 0,
      originalId: id,
      rrn: rrnOf(id),
    };
  }
}

/** What an acquirer tells of a day: mostly the truth; some lines late, twice, of other amounts, or of nothing at all. */
export class Acquirer {
  readonly #random: Random;
  #late: FileLine[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  lines(movements: readonly Movement[]): FileLine[] {
    const lines = this.#late.splice(0);
    for (const each of movements) {
      const { shop, day, voucher, card = 0, kind, id } = each;
      const line: FileLine = {
        kind: kind === 'purchase' ? 'SALE' : 'REV',
        shop,
        day,
        voucher,
        card,
        rrn: each.rrn ?? rrnOf(id),
        stan: stanOf(id),
      };
      const fate = this.#random(400);
      if (fate === 0) this.#late.push(line);
      else if (fate === 1) lines.push({ ...line, voucher: voucher + 1 });
      else if (fate === 2) lines.push(line, line);
      else if (fate === 3) lines.push(line, { ...line, rrn: `X${rrnOf(id).slice(1)}`, stan: '000000' });
      else if (fate !== 4) lines.push(line);
    }
    return lines;
  }
}

/** A bank that pays what it is sent, or sends it back, and keeps books of its own by Sheba. */
export class Bank {
  readonly paid = new Map<string, bigint>();
  readonly #random: Random;
  #answers = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Collects what lies in the outbox, and answers file by file. */
  async collect(books: LedgerBooks): Promise<void> {
    const collected = join(books.dataDir, 'bank');
    mkdirSync(collected, { recursive: true });
    for (const folder of [join(books.dataDir, 'outbox'), join(books.dataDir, 'outbox', 'satna')]) {
      if (!existsSync(folder)) continue;
      for (const name of readdirSync(folder).filter((each) => each.endsWith('.ccti'))) {
        const path = join(collected, name);
        if (existsSync(path)) throw new Error(`${name} came twice`);
        renameSync(join(folder, name), path);
        const answer = join(collected, `answer-${++this.#answers}.xml`);
        writeFileSync(answer, await this.#answer(path));
        await takeAnswers(books.pool, answer, `answer-${this.#answers}.xml`);
      }
    }
  }

  async #answer(path: string): Promise<string> {
    const words: Word[] = [];
    await readPaymentFile(path, ({ instructionId, sheba, amountRials }) => {
      const fate = this.#random(60);
      if (fate === 0) words.push({ id: instructionId, status: 'RJCT', reason: 'AM04' });
      else if (fate === 1) words.push({ id: instructionId, status: 'RJCT', reason: 'AC04' });
      else {
        words.push({ id: instructionId, status: 'ACSC' });
        this.paid.set(sheba, (this.paid.get(sheba) ?? 0n) + amountRials);
      }
    });
    return pain002(`ANSWER${this.#answers}`, words);
  }
}

/** Takes a day's acquirer file: once cut short, once whole, once again; and once with other bytes under its name. */
export async function tellDay(books: LedgerBooks, day: string, lines: readonly FileLine[]): Promise<string[]> {
  const now = Date.parse(`${day}T20:00:00Z`) + 86_400_000;
  const outcomes: string[] = [];
  const take = async (given: readonly FileLine[], damage?: (path: string) => void): Promise<void> => {
    const { path, name } = writeKbsf(books.dataDir, day, given);
    damage?.(path);
    try {
      const taken = await takeAcquirerFile(books.pool, path, name, openAcquirerFile(path, name), now);
      outcomes.push(taken.repeated ? 'repeated' : 'taken');
    } catch (error) {
      outcomes.push((error as { code?: string }).code ?? String(error));
    }
  };
  await take(lines, (path) => {
    writeFileSync(path, `${createHash('sha256').update(path).digest('hex')}\n`);
  });
  await take(lines);
  await take(lines);
  await take(lines.slice(1));
  return outcomes;
}

const child = fileURLToPath(new URL('./clearing-child.mjs', import.meta.url));

/** Clears a day in a process of its own. @param killAt its n-th statement; 0: never */
export function clearInChild(books: LedgerBooks, day: string, killAt: number): Promise<number> {
  const argument = JSON.stringify({
    databaseUrl: books.databaseUrl,
    dataDir: books.dataDir,
    redisUrl: '',
    day,
    killAt,
  });
  return new Promise((done, fail) => {
    execFile(process.execPath, [child, argument], { timeout: 120_000 }, (error, stdout, stderr) => {
      if (error?.signal === 'SIGKILL') done(0);
      else if (error !== null) fail(new Error(stderr));
      else done(Number(stdout));
    });
  });
}
