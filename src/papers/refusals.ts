import { GatewayError } from '../ops/errors.ts';

/** Why a paper is not taken, in the words of the person who holds the phone: what is wrong, and what to do. */
export const REFUSALS = {
  empty: { fa: 'پرونده خالی است؛ دوباره عکس بگیرید یا برگزینید', en: 'the file is empty: take or choose it again' },
  large: {
    fa: 'پرونده از ۱۰ مگابایت بزرگ‌تر است؛ با کیفیت کمتر عکس بگیرید',
    en: 'the file is larger than 10 MiB: take it with less quality',
  },
  type: {
    fa: 'این گونه پرونده پذیرفته نیست؛ عکس JPEG یا PNG، یا یک PDF بفرستید',
    en: 'this kind of file is not taken: send a JPEG or PNG picture, or a PDF',
  },
  svg: {
    fa: 'پروندهٔ SVG پذیرفته نیست؛ از مدرک عکس بگیرید',
    en: 'SVG is not taken: take a photograph of the paper',
  },
  gif: {
    fa: 'پروندهٔ GIF پذیرفته نیست؛ از مدرک عکس بگیرید',
    en: 'GIF is not taken: take a photograph of the paper',
  },
  heic: {
    fa: 'گوشی شما عکس را HEIC ذخیره کرده است؛ در تنظیمات دوربین، Formats را روی Most Compatible بگذارید و دوباره عکس بگیرید، یا از عکس نماگرفت (screenshot) بگیرید',
    en: 'your phone saved the picture as HEIC: set Camera, Formats to Most Compatible and take it again, or send a screenshot of it',
  },
  archive: {
    fa: 'پروندهٔ فشرده یا Office پذیرفته نیست؛ آن را PDF کنید یا از مدرک عکس بگیرید',
    en: 'an archive or Office file is not taken: make it a PDF, or take a photograph',
  },
  two: {
    fa: 'این پرونده هم‌زمان دو گونه پرونده است و پذیرفته نیست؛ از مدرک عکس تازه بگیرید',
    en: 'the file is two kinds of file in one, which is not taken: take a new photograph',
  },
  broken: {
    fa: 'پرونده خوانده نشد یا ناقص است؛ دوباره عکس بگیرید و بفرستید',
    en: 'the file cannot be read or was cut off: take it again and send it again',
  },
  pixels: {
    fa: 'عکس از ۵۰ مگاپیکسل بزرگ‌تر است؛ در دوربین اندازهٔ معمولی را برگزینید',
    en: 'the picture has more than 50 megapixels: choose the usual size in the camera',
  },
  tiny: {
    fa: 'عکس کوچک‌تر از آن است که خوانده شود؛ از نزدیک و با کیفیت بهتر عکس بگیرید',
    en: 'the picture is too small to be read: take it from near, with better quality',
  },
  heavy: {
    fa: 'خواندن این پرونده بیش از اندازه کار می‌برد و پذیرفته نیست؛ از مدرک عکس بگیرید',
    en: 'the file takes too much work to read, and is not taken: take a photograph of the paper',
  },
  locked: {
    fa: 'این PDF قفل یا رمزدار است؛ بدون رمز ذخیره کنید یا از مدرک عکس بگیرید',
    en: 'the PDF is locked: save it without a password, or take a photograph',
  },
  active: {
    fa: 'این PDF دستور یا برنامه در خود دارد و پذیرفته نیست؛ آن را دوباره به PDF چاپ کنید یا از مدرک عکس بگیرید',
    en: 'the PDF carries scripts or actions, which is not taken: print it to PDF again, or take a photograph',
  },
  files: {
    fa: 'این PDF پرونده‌های دیگری در خود دارد و پذیرفته نیست؛ آن را دوباره به PDF چاپ کنید یا از مدرک عکس بگیرید',
    en: 'the PDF carries other files, which is not taken: print it to PDF again, or take a photograph',
  },
  form: {
    fa: 'این PDF فرم یا یادداشت دارد؛ آن را دوباره به PDF چاپ کنید تا نوشته‌ها ثابت شود، یا از مدرک عکس بگیرید',
    en: 'the PDF holds form fields or notes: print it to PDF again so that they stay, or take a photograph',
  },
  pages: {
    fa: 'این PDF بیش از ۲۰ صفحه دارد؛ فقط صفحه‌های خواسته‌شده را بفرستید',
    en: 'the PDF has more than 20 pages: send only those that are asked for',
  },
  objects: {
    fa: 'ساختار این PDF پیچیده‌تر از یک مدرک است؛ از مدرک عکس بگیرید',
    en: 'the PDF is built of more parts than a paper has: take a photograph',
  },
  filter: {
    fa: 'این PDF با روشی فشرده شده که نمی‌خوانیم؛ آن را دوباره به PDF چاپ کنید یا از مدرک عکس بگیرید',
    en: 'the PDF is packed in a way that is not read here: print it to PDF again, or take a photograph',
  },
} as const;
export type RefusalReason = keyof typeof REFUSALS;

export interface PaperFault {
  readonly field: 'paper';
  readonly reason: RefusalReason;
  readonly fa: string;
  readonly en: string;
}

/** A paper that is not taken, with its words in both languages. */
export type PaperRefused = GatewayError & { readonly faults: readonly PaperFault[] };

export function paperRefused(reason: RefusalReason): PaperRefused {
  const words = REFUSALS[reason];
  const faults: readonly PaperFault[] = [{ field: 'paper', reason, ...words }];
  return Object.assign(new GatewayError('papers.refused', `The paper is not taken: ${words.en}.`), { faults });
}
