import { expect, test } from '@jest/globals';
import { PDFDocument, PDFName, PDFString } from '@cantoo/pdf-lib';
import sharp from 'sharp';
import { examine, MOST_BYTES } from '../../src/papers/examine.ts';
import { bareJpeg } from '../../src/papers/jpeg.ts';
import { REFUSALS, type RefusalReason } from '../../src/papers/refusals.ts';
import * as files from './files.ts';

/** What is kept of a file, and what is refused, by its content alone. */

async function reasonOf(bytes: Buffer): Promise<string> {
  const examined = await examine(bytes);
  return examined.ok ? 'kept' : examined.reason;
}

test('a photograph is drawn again: upright, bounded, and without what the phone wrote beside it', async () => {
  const examined = await examine(await files.photo(3_200, 1_600));
  if (!examined.ok) throw new Error(examined.reason);
  expect(examined).toMatchObject({ media: 'image/jpeg', pages: 1 });
  const { width, height, exif, icc, xmp, iptc } = await sharp(examined.bytes).metadata();
  expect({ width, height, exif, icc, xmp, iptc }).toEqual({ width: 2_400, height: 1_200 });
  expect(examined.bytes.includes('Secret Phone')).toBe(false);

  const turned = await examine(await files.sideways());
  if (!turned.ok) throw new Error(turned.reason);
  const { data, info } = await sharp(turned.bytes).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([600, 800]);
  expect(data[0]).toBeGreaterThan(200); // red is above
});

test('a PNG becomes a JPEG on white', async () => {
  const examined = await examine(await files.png());
  expect(examined).toMatchObject({ ok: true, media: 'image/jpeg' });
});

test('a scan is written again: its pages, and nothing else of it', async () => {
  const picture = await files.photo();
  const source = await files.pdf(
    (document) => {
      const link = document.context.obj({
        ...{ Type: 'Annot', Subtype: 'Link', Rect: [0, 0, 100, 20] },
        A: { S: 'URI', URI: PDFString.of('https://scanner.example') },
      });
      document.getPage(0).node.set(PDFName.of('Annots'), document.context.obj([document.context.register(link)]));
    },
    { pages: 2, picture, objectStreams: true },
  );
  const examined = await examine(source);
  if (!examined.ok) throw new Error(examined.reason);
  expect(examined).toMatchObject({ media: 'application/pdf', pages: 2 });
  for (const gone of ['Secret Phone', 'Office of somebody', 'scanner.example', 'GPS', 'CreationDate'])
    expect([gone, examined.bytes.includes(gone)]).toEqual([gone, false]);
  const again = await PDFDocument.load(examined.bytes);
  expect(again.getPageCount()).toBe(2);
  expect(again.getAuthor()).toBeUndefined();
  expect(await reasonOf(examined.bytes)).toBe('kept'); // what was kept would be taken again
});

test('of a photograph in a PDF only segments go: its pixels stay as they are', async () => {
  const picture = await files.photo();
  const bare = bareJpeg(picture)!;
  expect(bare).toMatchObject({ width: 1_200, height: 900 });
  expect(bare.bytes.length).toBeLessThan(picture.length);
  const [before, after] = [await sharp(picture).raw().toBuffer(), await sharp(bare.bytes).raw().toBuffer()];
  expect(after.equals(before)).toBe(true);
});

const SVG = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
const heic = Buffer.concat([Buffer.from('00000018', 'hex'), Buffer.from('ftypheic'), Buffer.alloc(400)]);
const spelt = (name: string): string => Array.from(name, (c) => `#${c.charCodeAt(0).toString(16)}`).join('');

test.each<[string, RefusalReason, () => Buffer | Promise<Buffer>]>([
  ['nothing', 'empty', () => Buffer.alloc(0)],
  ['text', 'type', () => Buffer.from('#!/bin/sh\nrm -rf /')],
  ['an SVG with a script', 'svg', () => Buffer.from(SVG)],
  ['a GIF', 'gif', () => Buffer.from('GIF89a'.padEnd(100, '\0'))],
  ['a GIF that is a jar', 'gif', () => Buffer.concat([Buffer.from('GIF89a'.padEnd(60, '\0')), files.zip()])],
  ['a HEIC', 'heic', () => heic],
  ['a Word file', 'archive', () => files.zip()],
  ['a JPEG that is a jar', 'two', async () => Buffer.concat([await files.photo(), files.zip()])],
  ['a PNG that is a jar', 'two', async () => Buffer.concat([await files.png(), files.zip()])],
  ['a PDF that is a zip', 'two', async () => Buffer.concat([await files.pdf(), files.zip()])],
  ['a JPEG that is a PDF', 'two', async () => Buffer.concat([await files.photo(), await files.pdf()])],
  [
    'a JPEG with a page behind it',
    'two',
    async () => Buffer.concat([await files.photo(), Buffer.from('<html><script>')]),
  ],
  [
    'a PDF with a page behind it',
    'two',
    async () => Buffer.concat([await files.pdf(), Buffer.from('<script>1</script>')]),
  ],
  ['a page that is a PDF later', 'type', async () => Buffer.concat([Buffer.from('<html>'), await files.pdf()])],
  ['a photograph cut off', 'broken', async () => (await files.photo()).subarray(0, 20_000)],
  ['a PDF cut off', 'broken', async () => (await files.pdf()).subarray(0, 300)],
  ['200 megapixels of JPEG', 'pixels', () => files.hugeJpeg(16_000, 12_500)],
  ['200 megapixels of PNG', 'pixels', () => files.pngBomb(20_000, 10_000)],
  ['a PNG of 65,535 squared', 'pixels', () => files.pngBomb(65_535, 65_535)],
  ['a stamp', 'tiny', () => files.png(100, 100)],
  ['10 MiB and a byte', 'large', () => Buffer.alloc(MOST_BYTES + 1, 0xff)],
  ['a PDF with a script', 'active', () => files.pdf(files.javascript)],
  ['a PDF that opens with a script', 'active', () => files.pdf(files.openAction)],
  ['the same in object streams', 'active', () => files.pdf(files.openAction, { objectStreams: true })],
  ['OpenAction spelt with escapes', 'active', () => files.rawPdf(`/${spelt('OpenAction')} 3 0 R`)],
  ['escapes of small letters', 'active', () => files.rawPdf('/#4a#61vaScript (x)')],
  ['escapes of escapes', 'active', () => files.rawPdf('/#23#34aavaScript 3 0 R /X << /#2353 /#234a#2353 >>')],
  ['a script hidden in a packed stream', 'active', () => files.packedPdf('<< /S /JavaScript /JS (1) >>', '/A 5 0 R')],
  ['a script of no page', 'active', () => files.rawPdf('', '7 0 obj\n<< /S /#4aavaScript >>\nendobj\n')],
  ['a script that a later part takes back', 'active', () => files.rawPdf('', '7 0 obj\n<< /S /JavaScript /JS (1) >>\nendobj\n7 0 obj\nnull\nendobj\n')], // prettier-ignore
  ['actions of a page', 'active', () => files.rawPdf('/AA << /WC 5 0 R >>')],
  ['Launch', 'active', () => files.rawPdf('/A << /S /L#61unch /F (cmd.exe) >>')],
  ['SubmitForm', 'active', () => files.rawPdf('/A << /S /SubmitForm >>')],
  ['XFA', 'active', () => files.rawPdf('/AcroForm << /XFA 3 0 R >>')],
  ['RichMedia', 'active', () => files.rawPdf('/X << /Subtype /RichMedia >>')],
  ['an embedded file', 'files', () => files.pdf((document) => document.attach(Buffer.from('MZ'), 'a.exe', {}))],
  ['an embedded file, escaped', 'files', () => files.rawPdf(`/Names << /${spelt('EmbeddedFiles')} 3 0 R >>`)],
  ['a stream in another file', 'files', () => files.rawPdf('', '4 0 obj\n<< /F (/etc/passwd) /Length 0 >>\nstream\n\nendstream\nendobj\n')], // prettier-ignore
  ['a locked PDF', 'locked', () => files.rawPdf('', '5 0 obj\n<< /Filter /Standard /V 1 >>\nendobj\ntrailer\n<< /Root 1 0 R /Encrypt 5 0 R >>\n')], // prettier-ignore
  ['form fields', 'form', () => files.pdf((document) => { document.getForm().createTextField('a').addToPage(document.getPage(0)); })], // prettier-ignore
  ['21 pages', 'pages', () => files.pdf(undefined, { pages: 21 })],
  ['6,000 objects', 'objects', () => files.rawPdf('', Array.from({ length: 6_000 }, (_, n) => `${n + 10} 0 obj\n1\nendobj\n`).join(''))], // prettier-ignore
  ['a filter that nobody uses', 'filter', () => files.rawPdf('', '4 0 obj\n<< /Filter /LZWDecode /Length 1 >>\nstream\nx\nendstream\nendobj\n')], // prettier-ignore
  ['a filter over a filter', 'filter', () => files.rawPdf('', '4 0 obj\n<< /Filter [/FlateDecode /FlateDecode] /Length 1 >>\nstream\nx\nendstream\nendobj\n')], // prettier-ignore
  ['a stream of 300 MiB in 300 KB', 'heavy', () => files.pdfBomb(300, 'content')],
  ['a picture of 200 megapixels', 'pixels', () => files.rawPdf('', '4 0 obj\n<< /Width 20000 /Height 10000 /Length 1 >>\nstream\nx\nendstream\nendobj\n')], // prettier-ignore
  ['arrays in arrays, a million deep', 'broken', () => files.rawPdf(`/X ${'['.repeat(1_000_000)}`)],
])('%s: %s', async (_, reason, make) => {
  expect(await reasonOf(await make())).toBe(reason);
});

test('every refusal says in both languages what is wrong and what to do', () => {
  for (const { fa, en } of Object.values(REFUSALS)) {
    expect(fa).toMatch(/[آ-ی]/);
    expect(fa).not.toMatch(/[يك]/);
    expect(en.length).toBeGreaterThan(20);
  }
});
