import { deflateSync, crc32 } from 'node:zlib';
import { PDFDocument, PDFName, PDFString, StandardFonts } from '@cantoo/pdf-lib';
import sharp from 'sharp';

/** Files as phones, scanners and attackers make them. */

export async function photo(width = 1_200, height = 900, exif = true): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 30 };
  const image = sharp({ create: { width, height, channels: 3, background: '#888', noise } }).jpeg({ quality: 80 });
  if (!exif) return image.toBuffer();
  return image
    .withExif({
      IFD0: { Make: 'Secret Phone', Software: 'Camera 1.0' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '35/1 41/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '51/1 25/1 0/1' },
    })
    .toBuffer();
}

/** Lying on its side, as phones keep it: its EXIF says how to hold it. Red above, blue below once it is upright. */
export async function sideways(): Promise<Buffer> {
  const upright = await sharp({ create: { width: 600, height: 800, channels: 3, background: '#0000ff' } })
    .composite([
      { input: { create: { width: 600, height: 400, channels: 3, background: '#ff0000' } }, top: 0, left: 0 },
    ])
    .png()
    .toBuffer();
  return sharp(upright).rotate(270).withMetadata({ orientation: 6 }).jpeg().toBuffer();
}

export function png(width = 800, height = 600): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 4, background: { r: 0, g: 120, b: 0, alpha: 0.5 } } })
    .png()
    .toBuffer();
}

/** A PNG that says how large it is, and holds next to nothing. */
export function pngBomb(width: number, height: number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([1, 0, 0, 0, 0], 8); // one bit a pixel, grey
  const rows = deflateSync(Buffer.alloc(Math.min(height * (1 + Math.ceil(width / 8)), 64 * 1_048_576)));
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', head),
    chunk('IDAT', rows),
    chunk('IEND'),
  ]);
}

function chunk(name: string, data = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** The head of a JPEG that claims a size, then nothing of it. */
export function hugeJpeg(width: number, height: number): Buffer {
  const frame = Buffer.from('ffc0000b080000000001011100', 'hex');
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), frame, Buffer.from('ffda0008010100003f00', 'hex'), Buffer.alloc(64), Buffer.from('ffd9', 'hex')]); // prettier-ignore
}

/** A scan as an office machine makes it.
 *  @param change what an attacker puts in */
export async function pdf(
  change: (document: PDFDocument) => void | Promise<void> = () => undefined,
  options: { pages?: number; objectStreams?: boolean; picture?: Buffer } = {},
): Promise<Buffer> {
  const document = await PDFDocument.create();
  document.setAuthor('Office of somebody');
  const font = await document.embedFont(StandardFonts.Helvetica);
  for (let page = 0; page < (options.pages ?? 1); page++) {
    const sheet = document.addPage([595, 842]);
    sheet.drawText('Licence 0451123456', { x: 50, y: 700, font });
    if (options.picture !== undefined)
      sheet.drawImage(await document.embedJpg(options.picture), { x: 50, y: 100, width: 400, height: 300 });
  }
  await change(document);
  return Buffer.from(await document.save({ useObjectStreams: options.objectStreams ?? false }));
}

export function javascript(document: PDFDocument): void {
  document.addJavaScript('x', 'app.alert(1)');
}

export function openAction(document: PDFDocument): void {
  const action = document.context.obj({ S: 'JavaScript', JS: PDFString.of('app.launchURL("http://x")') });
  document.catalog.set(PDFName.of('OpenAction'), document.context.register(action));
}

/** A PDF by hand: names as an attacker spells them.
 *  @param catalog what stands in the catalogue beside its pages; `more`: further objects, from number 4 on */
export function rawPdf(catalog: string, more = ''): Buffer {
  const page = '3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] >>\nendobj\n';
  const body = `%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R ${catalog} >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n${page}${more}`;
  return Buffer.from(`${body}trailer\n<< /Root 1 0 R /Size 9 >>\nstartxref\n0\n%%EOF\n`, 'latin1');
}

/** The same with objects hidden in a packed object stream. */
export function packedPdf(objects: string, catalog: string): Buffer {
  const index = '5 0 ';
  const packed = deflateSync(Buffer.from(index + objects, 'latin1'));
  const stream = `4 0 obj\n<< /Type /ObjStm /N 1 /First ${index.length} /Filter /FlateDecode /Length ${packed.length} >>\nstream\n${packed.toString('latin1')}\nendstream\nendobj\n`;
  return rawPdf(catalog, stream);
}

/** A stream of zeros that unpacks to `mib` mebibytes. */
export function pdfBomb(mib: number, type: 'content' | 'objects'): Buffer {
  const packed = deflateSync(Buffer.alloc(mib * 1_048_576), { level: 9 }).toString('latin1');
  const kind = type === 'objects' ? '/Type /ObjStm /N 1 /First 4 ' : '';
  const stream = `4 0 obj\n<< ${kind}/Filter /FlateDecode /Length ${packed.length} >>\nstream\n${packed}\nendstream\nendobj\n`;
  return rawPdf('', stream);
}

/** An archive with one empty file, as a jar begins and ends. */
export function zip(): Buffer {
  const local = Buffer.from('504b03041400000000000000000000000000000000000000000001000000', 'hex');
  const central = Buffer.from(`504b01021400140000000000${'00'.repeat(16)}01000000${'00'.repeat(14)}61`, 'hex');
  const end = Buffer.alloc(22);
  end.write('504b0506', 'hex');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  return Buffer.concat([local, Buffer.from('a'), central, end]);
}
