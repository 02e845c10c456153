import type { Page } from 'playwright-core';
import sharp from 'sharp';

/** What a shopkeeper does with a phone, in Persian. */
export interface Shopkeeper {
  press(name: string): Promise<void>;
  signIn(mobile: string): Promise<void>;
  /** Fields by their labels, then on. */
  fillIn(fields: Readonly<Record<string, string>>, button?: string): Promise<void>;
  /** Photographs a paper on the step that is open, and waits until it is there. */
  photograph(kind: string): Promise<void>;
  /** Takes a paper back that was sent. */
  takeBack(kind: string): Promise<void>;
  /** An application with its papers, up to its summary. @returns its number */
  apply(name: string, sheba: string, serial: string): Promise<string>;
}

/** @param codeOf what the mobile was sent last */
export function shopkeeper(page: Page, codeOf: (mobile: string) => Promise<string>): Shopkeeper {
  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
  const fillIn = async (fields: Readonly<Record<string, string>>, button = 'ذخیره و ادامه'): Promise<void> => {
    for (const [label, value] of Object.entries(fields)) await page.getByRole('textbox', { name: label }).fill(value);
    await press(button);
  };
  const paper = (kind: string) => page.locator(`[data-kind=${kind}]`);
  const photograph = async (kind: string): Promise<void> => {
    const file = { name: `${kind}.jpg`, mimeType: 'image/jpeg', buffer: await photographOf(kind) };
    await paper(kind).locator('input[capture]').setInputFiles(file);
    await paper(kind).getByText('رسیده است').waitFor();
  };
  return {
    press,
    fillIn,
    photograph,
    async signIn(mobile) {
      await page.getByLabel('شماره همراه').fill(mobile);
      await press('فرستادن کد');
      await page.getByLabel('کد پیامک‌شده').waitFor();
      await page.getByLabel('کد پیامک‌شده').fill(await codeOf(mobile));
      await press('ادامه');
    },
    async takeBack(kind) {
      await paper(kind).getByRole('button', { name: 'حذف' }).click();
      await paper(kind).getByText('هنوز نرسیده').waitFor();
    },
    async apply(name, sheba, serial) {
      await page.goto('/apply/new?guild=supermarket');
      await page.getByLabel('نام فروشگاه').fill(name);
      await press('آغاز');
      await page.getByLabel('شناسه صنفی').waitFor();
      await photograph('guild_licence');
      await fillIn({ 'شناسه صنفی': '۰۱۲۳۴۵۶۷۸۹', 'صادرکننده': 'اتاق اصناف تهران', 'تاریخ صدور': '۱۴۰۴/۱/۱', 'پایان اعتبار': '۱۴۰۸/۱/۱' }); // prettier-ignore
      await page.getByLabel('کد ملی').waitFor();
      await photograph('national_card');
      await photograph('birth_certificate');
      await fillIn({ 'کد ملی': '۰۰۸۴۵۷۵۹۴۸', 'نام و نام خانوادگی': 'حسن رضایی' });
      await fillIn({ 'کد رهگیری ثبت‌نام': '1234567890' });
      await fillIn({ 'شماره شبا': sheba });
      await fillIn({ 'کد پستی': '1458976543', نشانی: 'تهران، خیابان آزادی، پلاک ۱' });
      await page.getByLabel('بله، کارت‌خوان دارم').check();
      await fillIn({ 'سریال دستگاه': serial });
      await page.getByLabel('این شرایط را می‌پذیرم').check();
      await press('ذخیره و ادامه');
      await page.getByRole('button', { name: 'فرستادن درخواست' }).waitFor();
      return /\/apply\/(\d{9})$/.exec(page.url())?.[1] ?? '';
    },
  };
}

/** A sheet of paper as a phone sees it, with what phones write into a photograph. Each is another. */
async function photographOf(what: string): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 200, sigma: 12 };
  const sheet = { width: 700, height: 500, channels: 3 as const, background: '#fdfbf4' };
  return sharp({ create: { width: 800, height: 600, channels: 3, background: '#888', noise } })
    .composite([{ input: { create: sheet } }, { input: { text: { text: what, dpi: 150 } }, top: 80, left: 90 }])
    .jpeg({ quality: 80 })
    .withExif({ IFD0: { Make: 'Secret Phone' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '35/1 41/1 0/1' } })
    .toBuffer();
}
