import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Faults } from '../../../src/settlement/files/faults.ts';
import { xmlRecords } from '../../../src/settlement/files/records.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-xml-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function read(content: string | Buffer): Promise<{ texts: (string | undefined)[]; reasons: string[] }> {
  const path = join(folder, 'file.xml');
  writeFileSync(path, content);
  const faults = new Faults();
  const texts = [];
  for await (const { values } of xmlRecords(path, ['a/b'], faults)) texts.push(values.get('c'));
  return { texts, reasons: faults.list.map((each) => each.reason) };
}

test('records come with their texts, whatever the prefixes, a byte order mark, CRLF and CDATA', async () => {
  const xml =
    '\ufeff<?xml version="1.0"?>\r\n<x:a xmlns:x="u"><x:b><x:c>ا &amp; <![CDATA[<]]></x:c></x:b>\r\n<b><c>2</c></b></x:a>\r\n';
  expect(await read(xml)).toEqual({ texts: ['ا & <', '2'], reasons: [] });
});

test('the encoding is that of the declaration, and a fault of it has its place', async () => {
  const latin = (text: string): Buffer => Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${text}`, 'latin1');
  expect(await read(latin('<a><b><c>\xe9</c></b></a>'))).toEqual({ texts: ['é'], reasons: [] });
  expect(await read(Buffer.from('\ufeff<a><b><c>ب</c></b></a>', 'utf16le'))).toEqual({ texts: ['ب'], reasons: [] });
  const path = join(folder, 'place.xml');
  writeFileSync(path, Buffer.concat([Buffer.from('<a>\n<b>'), Buffer.from([0xe9]), Buffer.from('</b></a>')]));
  const faults = new Faults();
  for await (const record of xmlRecords(path, ['a/b'], faults)) expect(record).toBeUndefined();
  expect(faults.list).toEqual([
    { line: 2, column: 4, reason: 'the file is not UTF-8: a byte here is not a character of it' },
  ]);
});

const huge = 'x'.repeat(10_000_000);
test.each([
  ['a document type', '<!DOCTYPE a [<!ENTITY e "x">]><a/>', 'document type declaration'],
  ['an unknown entity', '<a><b><c>&e;</c></b></a>', 'undefined entity'],
  ['a text node of 10 MB', `<a><b><c>${huge}</c></b></a>`, 'longer than'],
  ['a text node of 10 MB that does not end', `<a><b><c>${huge}`, 'longer than'],
  ['a comment of 10 MB', `<a><!--${huge}--></a>`, 'longer than'],
  ['an attribute of 10 MB', `<a x="${huge}"/>`, 'longer than'],
  ['a name of 10 MB', `<${huge}/>`, 'longer than'],
  ['white space of 10 MB', `<a>${' '.repeat(10_000_000)}</a>`, 'longer than'],
  ['a processing instruction of 10 MB', `<?x ${huge}?><a/>`, 'longer than'],
  ['10,000 elements within each other', '<a>'.repeat(10_000), 'deeper than'],
  ['an element of many texts', `<a><b>${'<c>xxxxxxxxxx</c>'.repeat(10_000)}</b></a>`, 'holds over'],
  [
    'an element of many names',
    `<a><b>${Array.from({ length: 20_000 }, (_, at) => `<n${at} x=""/>`).join('')}</b></a>`,
    'holds over',
  ],
  ['two roots', '<a/><a/>', 'one root'],
  ['half a file', '<a><b><c>1</c></b>', 'unclosed tag'],
  ['nothing', '', 'root element'],
  ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x3c, 0, 0, 0]), 'the file is in UTF-32'],
  ['EBCDIC declared', '<?xml version="1.0" encoding="IBM037"?><a/>', 'the file is in IBM037'],
  ['Windows-1256', Buffer.concat([Buffer.from('<a>'), Buffer.from([0xcc, 0xda]), Buffer.from('</a>')]), 'not UTF-8'],
  ['half a character', Buffer.concat([Buffer.from('<a/>'), Buffer.from([0xd8])]), 'not UTF-8'],
  ['a NUL', '<a>\u0000</a>', 'disallowed character'],
])('%s is a fault', async (_what, content, reason) => {
  const { reasons } = await read(content);
  expect(reasons).toEqual([expect.stringContaining(reason)]);
  expect(reasons[0]?.length).toBeLessThan(200);
});
