import { createInflate } from 'node:zlib';
import {
  EncryptedPDFError,
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFName,
  PDFNumber,
  PDFRawStream,
  PDFStream,
  type PDFContext,
  type PDFObject,
} from '@cantoo/pdf-lib';
import { bareJpeg } from './jpeg.ts';
import type { Rewritten } from './picture.ts';
import type { RefusalReason } from './refusals.ts';

export const MOST_PAGES = 20;
const MOST_OBJECTS = 5_000;
/** Of one picture in it: A3 at 600 dpi. */
const MOST_PIXELS = 100_000_000;
/** What its streams come to when they are unpacked: each, and all. */
const MOST_UNPACKED = 128 * 1_048_576;
const MOST_UNPACKED_ALL = 256 * 1_048_576;

/** Keys and names that no scan has. What they say of other files and of programs, however it is spelt and wherever it lies. */
const ACTIVE = ['OpenAction', 'AA', 'JS', 'JavaScript', 'XFA', 'RichMedia', 'RichMediaContent', 'RichMediaSettings', '3DD', 'Launch', 'SubmitForm', 'ResetForm', 'ImportData', 'GoToR', 'GoToE', 'Rendition', 'Movie', 'Sound', 'Hide', 'SetOCGState', 'GoTo3DView', 'RichMediaExecute', 'Thread']; // prettier-ignore
const FILES = ['EmbeddedFile', 'EmbeddedFiles', 'EF', 'AF', 'FileAttachment', 'Filespec', 'Collection'];
const LOCKED = ['Encrypt'];
/** Said in plain text, they count also where a later part of the file takes them back. */
const SAID = /\/(?:OpenAction|JavaScript|RichMedia|SubmitForm|ImportData|Launch|XFA)[\s/(<[]/;
const SAID_FILES = /\/EmbeddedFiles?[\s/(<[]/;

/** All that a page keeps: what is drawn on it, and how large it is. */
const PAGE_KEYS = ['Type', 'Parent', 'MediaBox', 'CropBox', 'Rotate', 'Resources', 'Contents', 'Group', 'UserUnit'];
/** Beside what is drawn, these say who made it, when and with what. */
const DROPPED_KEYS = [
  'Metadata',
  'PieceInfo',
  'LastModified',
  'StructParents',
  'StructParent',
  'OPI',
  'Measure',
  'PtData',
  'Ref',
  'Alternates',
];
const PACKED = ['FlateDecode', 'DCTDecode', 'CCITTFaxDecode', 'JBIG2Decode', 'JPXDecode'];

/** Thrown within, and caught below. */
class Refused extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason) {
    super(reason);
    this.reason = reason;
  }
}

/** Reads a PDF whole, refuses what is more than pages to look at, and writes those pages again: what is kept is what was examined, in a
 *  file with nothing else in it. A link on a page is left out; it is not part of the picture. */
export async function rewritePdf(bytes: Buffer): Promise<Rewritten> {
  try {
    const text = bytes.toString('latin1');
    if (SAID_FILES.test(text)) throw new Refused('files');
    if (SAID.test(text)) throw new Refused('active');
    const source = await PDFDocument.load(bytes, {
      throwOnInvalidObject: true,
      updateMetadata: false,
      parseSpeed: Infinity,
    });
    const { context } = source;
    if (context.enumerateIndirectObjects().length > MOST_OBJECTS) throw new Refused('objects');
    walk(context, examine);
    const pages = source.getPages();
    if (pages.length > MOST_PAGES) throw new Refused('pages');
    if (pages.length === 0) throw new Refused('broken');
    for (const { node } of pages) barePage(node);
    await bareStreams(context);
    const target = await PDFDocument.create({ updateMetadata: false });
    for (const page of await target.copyPages(source, source.getPageIndices())) target.addPage(page);
    const written = Buffer.from(await target.save({ useObjectStreams: false, addDefaultPage: false }));
    return { ok: true, bytes: written, pages: pages.length };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, reason: error.reason };
    if (error instanceof EncryptedPDFError) return { ok: false, reason: 'locked' };
    if (error instanceof RangeError) return { ok: false, reason: 'heavy' }; // no memory, or no stack, for what it unpacks to
    return { ok: false, reason: 'broken' };
  }
}

/** Every dictionary and name of the file, also those that no page leads to. */
function walk(context: PDFContext, see: (object: PDFObject) => void): void {
  const seen = new Set<PDFObject>();
  const next: PDFObject[] = context.enumerateIndirectObjects().map(([, object]) => object);
  const { Root, Info, Encrypt } = context.trailerInfo;
  next.push(...[Root, Info, Encrypt].filter((each) => each !== undefined));
  if (Encrypt !== undefined) throw new Refused('locked');
  for (let object = next.pop(); object !== undefined; object = next.pop()) {
    if (seen.has(object) && !(object instanceof PDFName)) continue;
    seen.add(object);
    see(object);
    if (object instanceof PDFStream) next.push(object.dict);
    else if (object instanceof PDFDict) for (const [key, value] of object.entries()) next.push(key, value);
    else if (object instanceof PDFArray) next.push(...object.asArray());
  }
}

function examine(object: PDFObject): void {
  if (object instanceof PDFName) {
    const name = nameOf(object);
    if (LOCKED.includes(name)) throw new Refused('locked');
    if (FILES.includes(name)) throw new Refused('files');
    if (ACTIVE.includes(name)) throw new Refused('active');
  } else if (object instanceof PDFDict) {
    for (const key of DROPPED_KEYS) object.delete(PDFName.of(key));
  }
}

/** The library leaves some escapes in a name as they are: they are undone until none is left. */
function nameOf(name: PDFName): string {
  let text = name.asString().slice(1);
  for (let before = ''; before !== text;) {
    before = text;
    text = text.replace(/#([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
  return text;
}

function barePage(node: PDFDict): void {
  const notes = node.lookup(PDFName.of('Annots'));
  if (notes instanceof PDFArray) {
    for (let at = 0; at < notes.size(); at++) {
      const note = notes.lookup(at);
      const kind = note instanceof PDFDict ? note.lookup(PDFName.of('Subtype')) : undefined;
      if (!(kind instanceof PDFName) || nameOf(kind) !== 'Link') throw new Refused('form');
    }
  }
  for (const key of node.keys()) if (!PAGE_KEYS.includes(nameOf(key))) node.delete(key);
}

/** Measures what each stream unpacks to, and cuts from the photographs in it what a camera wrote beside them. */
async function bareStreams(context: PDFContext): Promise<void> {
  let left = MOST_UNPACKED_ALL;
  for (const [ref, object] of context.enumerateIndirectObjects()) {
    if (!(object instanceof PDFRawStream)) continue;
    const filters = filtersOf(object.dict);
    const number = (key: string): number => {
      const value = object.dict.lookup(PDFName.of(key));
      return value instanceof PDFNumber ? value.asNumber() : 0;
    };
    if (number('Width') * number('Height') > MOST_PIXELS) throw new Refused('pixels');
    let contents: Buffer = Buffer.from(object.contents);
    if (filters[0] === 'FlateDecode') {
      const unpacked = await unpack(contents, Math.min(MOST_UNPACKED, left), filters.length > 1);
      left -= unpacked.bytes;
      contents = unpacked.content ?? contents;
    }
    if (filters.at(-1) === 'DCTDecode') context.assign(ref, barePhoto(object, contents));
  }
}

function filtersOf(dict: PDFDict): string[] {
  const filter = dict.lookup(PDFName.of('Filter'));
  if (dict.has(PDFName.of('F'))) throw new Refused('files'); // its content lies in another file
  const names = filter instanceof PDFArray ? filter.asArray().map((each) => dict.context.lookup(each)) : filter === undefined ? [] : [filter]; // prettier-ignore
  const texts = names.map((name) => (name instanceof PDFName ? nameOf(name) : ''));
  const known = texts.every((name) => PACKED.includes(name));
  const plain = texts.length <= 1 || (texts.length === 2 && texts[0] === 'FlateDecode' && texts[1] === 'DCTDecode');
  if (!known || !plain) throw new Refused('filter');
  return texts;
}

function barePhoto(stream: PDFRawStream, contents: Buffer): PDFRawStream {
  const photo = bareJpeg(contents);
  if (photo === undefined) throw new Refused('broken');
  if (photo.width * photo.height > MOST_PIXELS) throw new Refused('pixels');
  stream.dict.set(PDFName.of('Filter'), PDFName.of('DCTDecode'));
  const parms = stream.dict.lookup(PDFName.of('DecodeParms'));
  if (parms instanceof PDFArray) stream.dict.delete(PDFName.of('DecodeParms'));
  return PDFRawStream.of(stream.dict, photo.bytes);
}

/** @param keep whether the content is wanted, not only its length */
function unpack(packed: Buffer, most: number, keep: boolean): Promise<{ bytes: number; content?: Buffer }> {
  return new Promise((done, fail) => {
    const inflate = createInflate();
    const kept: Buffer[] = [];
    let bytes = 0;
    inflate.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (keep) kept.push(chunk);
      if (bytes <= most) return;
      inflate.destroy();
      fail(new Refused('heavy'));
    });
    inflate.on('error', () => {
      fail(new Refused('broken'));
    });
    inflate.on('end', () => {
      done({ bytes, ...(keep ? { content: Buffer.concat(kept) } : {}) });
    });
    inflate.end(packed);
  });
}
