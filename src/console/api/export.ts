import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Text } from '../../field/language.ts';
import { tehran } from '../../ops/clock.ts';
import { csvLine } from '../../ops/csv.ts';
import { transaction } from '../../ops/database.ts';
import { xlsx, type XlsxCell } from '../../ops/xlsx.ts';
import { audit } from '../../people/index.ts';
import type { Api } from './api.ts';
import { languageOf, type Language } from './language.ts';
import type { Format } from './schemas.ts';

/** Lists as files, whatever their length: a page is read when the last one was sent, and none is kept. */

export interface Column<Item> {
  readonly title: Text;
  /** Of the sheet, in characters (default 16). */
  readonly width?: number;
  /** A bigint is a number there; text never becomes a formula. */
  of(item: Item, language: Language): XlsxCell;
}

export interface Page<Item, Place> {
  readonly rows: readonly Item[];
  readonly next: Place | undefined;
}

export interface ExportedList<Item, Place> {
  /** Such as `transactions`: of the file and of the audit. */
  readonly name: string;
  readonly columns: readonly Column<Item>[];
  /** @param after undefined: the first page */
  readonly page: (after: Place | undefined, limit: number) => Promise<Page<Item, Place>>;
}

const PAGE = 1_000;

export function isFile(format: string | undefined): format is Exclude<Format, 'json'> {
  return format === 'csv' || format === 'xlsx';
}

/** Sends the whole list. Who took what, and by which filter, stands in the audit. */
export async function sendExport<Item, Place>(
  api: Api,
  request: FastifyRequest,
  reply: FastifyReply,
  format: 'csv' | 'xlsx',
  list: ExportedList<Item, Place>,
): Promise<FastifyReply> {
  const { pool, clock } = api.people();
  const language = languageOf(request.headers['accept-language']);
  const first = await list.page(undefined, PAGE); // what is wrong with the filter is told before the first byte
  await transaction(pool, (db) =>
    audit(db, api.byOf(request), {
      act: 'list.exported',
      object: `list:${list.name}`,
      after: { ...(request.query as object) },
    }),
  );
  const rows = cells(list, first, language);
  const name = `${list.name}-${tehran(clock.now()).isoDate}.${format}`;
  void reply.header('content-disposition', `attachment; filename="${name}"`);
  void reply.type(TYPES[format]);
  if (format === 'csv') return reply.send(Readable.from(csv(list, rows, language)));
  const columns = list.columns.map(({ title, width = 16 }) => ({ title: title[language], width }));
  return reply.send(Readable.from(xlsx({ name: list.name, rtl: language === 'fa', columns }, rows)));
}

const TYPES = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const;

async function* cells<Item, Place>(
  { columns, page }: ExportedList<Item, Place>,
  first: Page<Item, Place>,
  language: Language,
): AsyncGenerator<XlsxCell[]> {
  for (let at = first; ;) {
    for (const item of at.rows) yield columns.map((column) => column.of(item, language));
    if (at.next === undefined) return;
    at = await page(at.next, PAGE);
  }
}

function textOf(cell: XlsxCell): string {
  if (cell === undefined) return '';
  return typeof cell === 'object' ? cell.decimal : String(cell);
}

/** With the byte order mark without which spreadsheets misread Persian. */
async function* csv<Item, Place>(
  { columns }: ExportedList<Item, Place>,
  rows: AsyncIterable<readonly XlsxCell[]>,
  language: Language,
): AsyncGenerator<string> {
  let text = `\ufeff${csvLine(columns.map(({ title }) => title[language]))}\n`;
  for await (const row of rows) {
    text += `${csvLine(row.map(textOf))}\n`;
    if (text.length < 65_536) continue;
    yield text;
    text = '';
  }
  yield text;
}

/** A column of text by its key. */
export function text<Key extends string>(
  key: Key,
  fa: string,
  en: string,
  width?: number,
): Column<Readonly<Record<Key, string | number | null>>> {
  return {
    title: { fa, en },
    ...(width === undefined ? {} : { width }),
    of: (item) => (item[key] === null ? undefined : String(item[key])),
  };
}

/** A column of whole rials by its key. */
export function money<Key extends string>(
  key: Key,
  fa: string,
  en: string,
): Column<Readonly<Record<Key, string | null>>> {
  return { title: { fa, en }, width: 18, of: (item) => (item[key] === null ? undefined : BigInt(item[key])) };
}
