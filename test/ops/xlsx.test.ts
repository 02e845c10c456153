import { expect, test } from '@jest/globals';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { strFromU8, unzipSync } from 'fflate';
import { xlsx, type XlsxCell } from '../../src/ops/xlsx.ts';

const SHEET = {
  name: 'a/b[c]',
  rtl: true,
  columns: [
    { title: 'نام', width: 20 },
    { title: 'ریال', width: 12 },
  ],
};

async function written(rows: Iterable<readonly XlsxCell[]>): Promise<Record<string, string>> {
  const files = unzipSync(await buffer(xlsx(SHEET, rows)));
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, strFromU8(bytes)]));
}

test('a workbook has every part that spreadsheets ask for, and a sheet name that they take', async () => {
  const files = await written([['x', 5n]]);
  expect(Object.keys(files).sort()).toEqual(
    [
      '[Content_Types].xml',
      '_rels/.rels',
      'xl/_rels/workbook.xml.rels',
      'xl/styles.xml',
      'xl/workbook.xml',
      'xl/worksheets/sheet1.xml',
    ].sort(),
  );
  expect(files['xl/workbook.xml']).toContain('name="a b c "');
});

test.each<[XlsxCell, string]>([
  [1_234n, '<c r="A2" s="2"><v>1234</v></c>'],
  [-5n, '<v>-5</v>'],
  [9_007_199_254_740_993n, '<t xml:space="preserve">9007199254740993</t>'], // more than a spreadsheet can hold
  ['=1+1', `<t xml:space="preserve">'=1+1</t>`],
  ['+98', `'+98`],
  ['-1+2', `'-1+2`],
  ['@x', `'@x`],
  ['\t=x', `'`],
  ['\rx', `'`],
  ['<b>&', '&lt;b&gt;&amp;'],
  ['a\u0000\u001bb\ud800', '>ab<'],
  ['  blanks ', '>  blanks <'],
])('a cell %j', async (cell, expected) => {
  expect((await written([[cell]]))['xl/worksheets/sheet1.xml']).toContain(expected);
});

test('an empty cell is left out, and columns go on after Z', async () => {
  const row = Array.from({ length: 28 }, (_, n) => (n === 1 ? undefined : BigInt(n)));
  const sheet = (await written([row]))['xl/worksheets/sheet1.xml'] ?? '';
  expect(sheet).toContain('<c r="AB2" s="2"><v>27</v></c>');
  expect(sheet).not.toContain('r="B2"');
});

test('long tables come in pieces while they are made', async () => {
  let made = 0;
  const rows = function* (): Generator<readonly XlsxCell[]> {
    for (; made < 20_000; made++) yield [String(Math.sin(made)), BigInt(made)];
  };
  const pieces = xlsx(SHEET, rows());
  let bytes = 0;
  while (bytes < 2_000) bytes += ((await pieces.next()).value as Uint8Array).length;
  expect(made).toBeLessThan(10_000);
  await pieces.return(undefined);
});

test('whatever a cell holds, the sheet stays XML without a formula', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 5 }), async (cells) => {
      const sheet = (await written([cells]))['xl/worksheets/sheet1.xml'] ?? '';
      expect(sheet).not.toContain('<f');
      expect(sheet.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]/);
    }),
    { numRuns: 50 },
  );
});
