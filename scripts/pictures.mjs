import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/** `node scripts/pictures.mjs <folder>`: puts pictures of pages side by side, as docs/images has them. The folder is that of
 *  KALABARG_TEST_SHOTS, into which test/system/journey.test.ts, test/system/pos.test.ts, test/public/browser.test.ts and test/public/learn-browser.test.ts put a
 *  picture of each page that they visit. */

const IMAGES = fileURLToPath(new URL('../docs/images', import.meta.url));
/** Phones of 360 points, drawn at 320; what is below the fold is left out. */
const [WIDTH, HEIGHT, GAP] = [320, 700, 12];

/** Where a picture begins, in points from the top of its page. */
const SHEETS = {
  'public-door-fa': { 'home-fa': 0, 'qualify-refused-fa': 0, 'apply-faults-fa': 0, 'case-fa': 0 },
  'public-door-en': { 'home-en': 0, 'qualify-refused-en': 0, 'case-en': 0 },
  'shop-case-fa': { 'case-returned-fa': 160, 'shop-amber-fa': 390, 'shop-green-fa': 390, 'case-refused-fa': 0 },
  'shop-own-fa': { 'own-fa': 0, 'own-statements-fa': 0, 'own-papers-fa': 0, 'complain-fa': 0 },
  'learning-fa': { 'learn-fa': 0, 'lesson-begun-fa': 640, 'lesson-done-fa': 600, 'staff-fa': 150 },
  'shop-own-en': { 'own-en': 0, 'own-day-en': 340, 'own-terminals-en': 0, 'own-changes-en': 0 },
  'receipt-fa': { 'pos-phone-fa': 0, 'receipt-fa': 0 },
};
/** Of desks: so many points from the top, 1280 wide. */
const DESKS = { 'pos-en': 1860 };

const folder = process.argv[2];
if (folder === undefined) throw new Error('Say in which folder the pictures are: node scripts/pictures.mjs <folder>');
const taken = readdirSync(folder);
for (const [sheet, begins] of Object.entries(SHEETS)) {
  const names = Object.keys(begins);
  const missing = names.filter((name) => !taken.includes(`${name}.png`));
  if (missing.length === names.length) continue; // of another test
  if (missing.length > 0) throw new Error(`${folder} has no picture of ${missing.join(', ')}: run its tests with KALABARG_TEST_SHOTS=${folder}`); // prettier-ignore
  const phones = await Promise.all(
    names.map((name) =>
      sharp(join(folder, `${name}.png`))
        .resize({ width: WIDTH })
        .extend({ bottom: HEIGHT, extendWith: 'copy' })
        .toBuffer()
        .then((image) => sharp(image).extract({ left: 0, top: begins[name], width: WIDTH, height: HEIGHT }).toBuffer()),
    ),
  );
  await sharp({ create: { width: GAP + names.length * (WIDTH + GAP), height: HEIGHT + 2 * GAP, channels: 3, background: '#8a938d' } }) // prettier-ignore
    .composite(phones.map((input, i) => ({ input, left: GAP + i * (WIDTH + GAP), top: GAP })))
    .webp({ quality: 82 })
    .toFile(join(IMAGES, `${sheet}.webp`));
}
for (const [name, height] of Object.entries(DESKS)) {
  if (!taken.includes(`${name}.png`)) continue;
  await sharp(join(folder, `${name}.png`))
    .extract({ left: 0, top: 0, width: 1_280, height })
    .resize({ width: 1_000 })
    .webp({ quality: 82 })
    .toFile(join(IMAGES, `${name}.webp`));
}
