import sharp from 'sharp';
import type { RefusalReason } from './refusals.ts';

/** Nothing is opened but these two, whatever sharp could. */
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer'] });
sharp.cache(false);
sharp.concurrency(1);

export const MOST_PIXELS = 50_000_000;
/** Both sides: enough for the small print of a licence on A4. */
const LONGEST = 2_400;
/** Of the shorter side: less cannot be read by anybody. */
const LEAST = 200;
const QUALITY = 84;

export type Rewritten =
  | { readonly ok: true; readonly bytes: Buffer; readonly pages: number }
  | { readonly ok: false; readonly reason: RefusalReason };

/** Draws a picture again: upright, sRGB, bounded, and with nothing but its pixels (no EXIF, no GPS, no comment). Its size is read
 *  from its head before a pixel of it is decoded. */
export async function redraw(bytes: Buffer, is: 'jpeg' | 'png'): Promise<Rewritten> {
  const source = sharp(bytes, {
    failOn: 'error',
    limitInputPixels: MOST_PIXELS,
    sequentialRead: true,
    animated: false,
  });
  try {
    const { width, height, format } = await sharp(bytes, { limitInputPixels: false }).metadata();
    if (format !== is) return { ok: false, reason: 'broken' };
    if (width * height > MOST_PIXELS) return { ok: false, reason: 'pixels' };
    if (Math.min(width, height) < LEAST) return { ok: false, reason: 'tiny' };
    const drawn = await source
      .autoOrient()
      .resize({ width: LONGEST, height: LONGEST, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .jpeg({ quality: QUALITY })
      .toBuffer();
    return { ok: true, bytes: drawn, pages: 1 };
  } catch {
    return { ok: false, reason: 'broken' }; // what libjpeg and libpng say of it helps nobody who holds a phone
  }
}
