import { Zip, ZipDeflate } from 'fflate';
import { defused } from './csv.ts';

/** A workbook as spreadsheets read it (ECMA-376), written as a stream: what is of the past is not kept, whatever its length. Text is
 *  text, never a formula; numbers are numbers, so that they can be added up. */
export interface Sheet {
  /** At most 31 characters. */
  readonly name: string;
  /** Reads from right to left. */
  readonly rtl: boolean;
  readonly columns: readonly { readonly title: string; readonly width: number }[];
}

/** `undefined`: an empty cell. Whole numbers are shown in groups of three. */
export type XlsxCell = string | bigint | Decimal | undefined;

/** A number that is not whole, as text: `-123.45`. */
export interface Decimal {
  readonly decimal: string;
}

/** Beyond it a spreadsheet rounds; then a number is text, which loses nothing. */
const MOST_EXACT = 999_999_999_999_999n;
/** Excel takes 1,048,576 rows a sheet. */
const MOST_ROWS = 1_000_000;
const CHUNK_ROWS = 500;
const MOST_CHARACTERS = 32_000;

/** @param rows without the head, which is made of the columns' titles
 *  @returns the bytes, piece by piece */
export async function* xlsx(
  sheet: Sheet,
  rows: Iterable<readonly XlsxCell[]> | AsyncIterable<readonly XlsxCell[]>,
): AsyncGenerator<Uint8Array> {
  const out: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    out.push(chunk);
  });
  const part = (name: string): ZipDeflate => {
    const file = new ZipDeflate(name, { level: 6 });
    file.mtime = new Date(1980, 0, 1); // the same rows give the same bytes
    zip.add(file);
    return file;
  };
  const whole = (name: string, text: string): void => {
    part(name).push(bytesOf(`${HEAD}${text}`), true);
  };
  let [sheets, count] = [0, MOST_ROWS];
  let file: ZipDeflate | undefined;
  let text = '';
  for await (const row of rows) {
    if (count >= MOST_ROWS) {
      file?.push(bytesOf(`${text}${SHEET_END}`), true);
      file = part(`xl/worksheets/sheet${++sheets}.xml`);
      [text, count] = [`${HEAD}${sheetStart(sheet)}`, 1];
    }
    text += rowXml(row, ++count, 0);
    if (count % CHUNK_ROWS !== 0) continue;
    file?.push(bytesOf(text), false);
    text = '';
    yield* out.splice(0);
  }
  if (file === undefined) {
    file = part(`xl/worksheets/sheet${++sheets}.xml`);
    text = `${HEAD}${sheetStart(sheet)}`;
  }
  file.push(bytesOf(`${text}${SHEET_END}`), true);
  const numbers = Array.from({ length: sheets }, (_, n) => n + 1);
  whole('xl/workbook.xml', workbook(sheet.name, numbers));
  whole('xl/_rels/workbook.xml.rels', relations(numbers));
  whole('xl/styles.xml', STYLES);
  whole('_rels/.rels', ROOT);
  whole('[Content_Types].xml', types(numbers));
  zip.end();
  yield* out.splice(0);
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const SHEET_END = '</sheetData></worksheet>';

/** Styles: 0 text, 1 a head, 2 a number, 3 one with decimals. */
const STYLES =
  `<styleSheet xmlns="${MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
  '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
  '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>' +
  '<cellXfs count="4"><xf numFmtId="49"/><xf fontId="1" applyFont="1"/><xf numFmtId="3" applyNumberFormat="1"/><xf numFmtId="4" applyNumberFormat="1"/></cellXfs></styleSheet>';
const ROOT = `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`;

function sheetStart({ rtl, columns }: Sheet): string {
  const widths = columns.map(({ width }, n) => `<col min="${n + 1}" max="${n + 1}" width="${width}" customWidth="1"/>`);
  const view = `<sheetView workbookViewId="0"${rtl ? ' rightToLeft="1"' : ''}><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>`;
  const head = rowXml(
    columns.map(({ title }) => title),
    1,
    1,
  );
  return `<worksheet xmlns="${MAIN}"><sheetViews>${view}</sheetViews><cols>${widths.join('')}</cols><sheetData>${head}`;
}

function rowXml(cells: readonly XlsxCell[], row: number, style: 0 | 1): string {
  return `<row r="${row}">${cells.map((cell, column) => cellXml(cell, `${letters(column)}${row}`, style)).join('')}</row>`;
}

function cellXml(cell: XlsxCell, place: string, style: 0 | 1): string {
  if (cell === undefined || cell === '') return '';
  if (typeof cell === 'bigint' && cell <= MOST_EXACT && cell >= -MOST_EXACT)
    return `<c r="${place}" s="2"><v>${cell}</v></c>`;
  // fifteen digits are exact in a spreadsheet
  if (typeof cell === 'object' && cell.decimal.replace(/\D/g, '').length <= 15)
    return `<c r="${place}" s="3"><v>${cell.decimal}</v></c>`;
  const text = typeof cell === 'bigint' ? String(cell) : typeof cell === 'object' ? cell.decimal : defused(cell);
  return `<c r="${place}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
}

/** 0 is A, 26 is AA. */
function letters(column: number): string {
  const last = String.fromCharCode(65 + (column % 26));
  return column < 26 ? last : letters(Math.floor(column / 26) - 1) + last;
}

/** What XML cannot hold (controls, halves of characters) is left out. */
function escaped(text: string): string {
  return text
    .slice(0, MOST_CHARACTERS)
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function workbook(name: string, numbers: readonly number[]): string {
  // A sheet's name may not hold these, nor be longer.
  const plain = escaped(name.replace(/[[\]:*?/\\'"]/g, ' ').slice(0, 27));
  const sheets = numbers.map((n) => `<sheet name="${plain}${n === 1 ? '' : ` ${n}`}" sheetId="${n}" r:id="rId${n}"/>`);
  return `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets>${sheets.join('')}</sheets></workbook>`;
}

function relations(numbers: readonly number[]): string {
  const sheets = numbers.map(
    (n) => `<Relationship Id="rId${n}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${n}.xml"/>`,
  );
  const styles = `<Relationship Id="rId0" Type="${RELATIONS}/styles" Target="styles.xml"/>`;
  return `<Relationships xmlns="${PACKAGE}/relationships">${sheets.join('')}${styles}</Relationships>`;
}

function types(numbers: readonly number[]): string {
  const kind = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
  const sheets = numbers.map(
    (n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${kind}.worksheet+xml"/>`,
  );
  return (
    `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
    '<Default Extension="xml" ContentType="application/xml"/>' +
    `<Override PartName="/xl/workbook.xml" ContentType="${kind}.sheet.main+xml"/>` +
    `<Override PartName="/xl/styles.xml" ContentType="${kind}.styles+xml"/>${sheets.join('')}</Types>`
  );
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text);
}
