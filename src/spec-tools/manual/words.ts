/** The words of a manual. */
export interface Words {
  readonly direction: 'ltr' | 'rtl';
  readonly manual: string;
  readonly general: string;
  readonly elements: string;
  readonly columns: readonly [string, string, string, string, string, string];
  readonly mti: string;
  readonly versions: string;
  readonly bitmap: string;
  readonly bitmaps: string;
  readonly always: string;
  readonly fixed: string;
  readonly counts: { readonly units: string; readonly bytes: string; readonly nibbles: string };
  readonly itself: string;
  readonly secret: string;
  readonly inside: string;
  readonly kinds: Readonly<Record<'ber' | 'tags' | 'fields' | 'bitmapped' | 'datasets', string>>;
  readonly presence: string;
  readonly presenceNote: string;
  readonly presenceMarks: string;
  readonly sample: string;
  readonly sampleColumns: readonly [string, string, string, string];
  readonly least: string;
  readonly padded: string;
  readonly odd: string;
}

const EN: Words = {
  direction: 'ltr',
  manual: 'Message manual',
  general: 'In general',
  elements: 'Data elements',
  columns: ['No.', 'Name', 'Format', 'Encoding', 'Length in front', 'Notes'],
  mti: 'Message type',
  versions: 'versions of the standard',
  bitmap: 'Bitmap',
  bitmaps: 'at most, of 8 bytes each',
  always: 'the second is always there',
  fixed: 'none',
  counts: { units: 'counts digits or characters', bytes: 'counts bytes', nibbles: 'counts half bytes' },
  itself: 'and itself',
  secret: 'secret: never shown or logged',
  inside: 'Inside element',
  kinds: {
    ber: 'tags in BER-TLV',
    tags: 'a tag, a length, a value; repeated',
    fields: 'subfields by position',
    bitmapped: 'subfields behind a bitmap of their own',
    datasets: 'data sets: an identifier, a length, and content',
  },
  presence: 'Which message has what',
  presenceNote: 'By the first three digits of the message type, and by processing code (element 3) where it is named.',
  presenceMarks: 'M mandatory; 1 one of those with the same number; – forbidden; empty: optional.',
  sample: 'A sample message',
  sampleColumns: ['Byte', 'On the wire', 'Element', 'Value'],
  least: 'at least',
  padded: 'filled with',
  odd: 'odd digit',
};

const FA: Words = {
  direction: 'rtl',
  manual: 'راهنمای پیام',
  general: 'کلیات',
  elements: 'اقلام داده',
  columns: ['شماره', 'نام', 'قالب', 'کدگذاری', 'طول پیش از مقدار', 'توضیح'],
  mti: 'نوع پیام',
  versions: 'نسخه‌های استاندارد',
  bitmap: 'نقشه بیتی',
  bitmaps: 'حداکثر، هرکدام ۸ بایت',
  always: 'دومی همیشه هست',
  fixed: 'ندارد',
  counts: { units: 'تعداد رقم یا نویسه', bytes: 'تعداد بایت', nibbles: 'تعداد نیم‌بایت' },
  itself: 'با احتساب خودش',
  secret: 'محرمانه: نمایش و ثبت نمی‌شود',
  inside: 'درون قلم',
  kinds: {
    ber: 'برچسب‌های BER-TLV',
    tags: 'برچسب، طول، مقدار؛ تکراری',
    fields: 'زیرفیلدها به ترتیب جای‌گیری',
    bitmapped: 'زیرفیلدها با نقشه بیتی خودشان',
    datasets: 'مجموعه داده: شناسه، طول، محتوا',
  },
  presence: 'حضور اقلام در پیام‌ها',
  presenceNote: 'بر پایه سه رقم نخست نوع پیام، و کد پردازش (قلم ۳) هر جا که آمده باشد.',
  presenceMarks: 'M الزامی؛ شماره: یکی از اقلام هم‌شماره؛ – ممنوع؛ خالی: اختیاری.',
  sample: 'یک پیام نمونه',
  sampleColumns: ['بایت', 'روی خط', 'قلم', 'مقدار'],
  least: 'حداقل',
  padded: 'پر شده با',
  odd: 'رقم فرد',
};

export const WORDS: Readonly<Record<'en' | 'fa', Words>> = { en: EN, fa: FA };
