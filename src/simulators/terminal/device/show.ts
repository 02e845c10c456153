import type { Language, Text } from '../../../field/language.ts';
import type { MenuEntry as MenuLine } from '../../../updates/format/index.ts';
import type { Deed, MenuEntry } from '../menu.ts';
import { digits } from '../words.ts';
import type { Outcome } from './device.ts';
import type { Running } from './slots.ts';

/** What an update changes on the screen. */

/** What a device can do before any update, and whatever an update says. */
const OWN: readonly MenuEntry[] = [
  { deed: 'reverse', label: { fa: 'برگشت آخرین خرید', en: 'Take back the last purchase' } },
  { deed: 'echo', label: { fa: 'ارتباط با مرکز', en: 'Network echo' } },
  { deed: 'update', label: { fa: 'به‌روزرسانی', en: 'Look for updates' } },
];

/** As devices left the factory before there was a voucher. */
const FACTORY: readonly MenuEntry[] = [
  { deed: '000000', label: { fa: 'خرید عادی', en: 'Ordinary purchase' } },
  { deed: '310000', label: { fa: 'مانده‌ی حساب بانکی', en: 'Bank balance' } },
];

const DEEDS: ReadonlySet<string> = new Set(['179800', '179898', '000000', '379800', '310000', '279800']);

/** The menu at work. Entries for what this device cannot do are left out. */
export function menuOf({ menu }: Running): readonly MenuEntry[] {
  const isKnown = (line: MenuLine): line is MenuLine & { processingCode: Deed } => DEEDS.has(line.processingCode);
  const lines = menu?.entries.filter(isKnown).sort((a, b) => a.order - b.order);
  const updated = lines?.map(({ labelFa, labelEn, processingCode }) => ({
    label: { fa: labelFa, en: labelEn },
    deed: processingCode,
  }));
  return [...(updated ?? FACTORY), ...OWN];
}

/** Names of goods by code, of those that are valid on a day (ISO). */
export function goodsNames({ goods }: Running, today: string): ReadonlyMap<string, string> {
  const valid = (goods?.goods ?? []).filter(({ validFrom, validTo }) => validFrom <= today && today <= validTo);
  return new Map(valid.map(({ code, nameFa }) => [code, nameFa]));
}

const WHAT: Readonly<Record<Outcome['what'], Text>> = {
  confirmed: { fa: 'نصب شد و کار می‌کند', en: 'installed, and it works' },
  'rolled-back': { fa: 'کار نکرد؛ نسخه‌ی پیشین برگشت', en: 'did not work; the version before is back' },
  rejected: { fa: 'پذیرفته نشد', en: 'rejected' },
  waits: { fa: 'آماده است و منتظر می‌ماند', en: 'waits' },
  had: { fa: 'به‌روز است', en: 'is up to date' },
  halted: { fa: 'به‌روزرسانی از مرکز متوقف است', en: 'updates are stopped by the centre' },
  attack: { fa: 'به‌روزرسانی ناامن بود و کنار گذاشته شد', en: 'the update was not safe, and nothing of it was taken' },
  unreachable: { fa: 'مرکز به‌روزرسانی در دسترس نیست', en: 'updates cannot be reached' },
  none: { fa: 'به‌روزرسانی تازه‌ای نیست', en: 'there is nothing new' },
};

const WHY: Readonly<Record<string, Text>> = {
  reversals: { fa: 'برگشت فرستاده‌نشده دارد', en: 'a reversal is queued' },
  battery: { fa: 'شارژ باتری کم است', en: 'the battery is low' },
  idle: { fa: 'دستگاه در کار است', en: 'the device is in use' },
  window: { fa: 'ساعت کار فروشگاه', en: 'the shop is open' },
  'not-before': { fa: 'زمانش نرسیده است', en: 'its time has not come' },
  trigger: { fa: 'با دستور', en: 'when it is asked for' },
  retry: { fa: 'تلاش دوباره دیرتر', en: 'it is tried again later' },
  'given-up': { fa: 'نسخه‌ی بعدی', en: 'for the next release' },
  root: {
    fa: 'ریشهٔ به‌روزرسانی روی دستگاه نیست؛ نخستین root.json را در پوشهٔ آن بگذارید',
    en: 'it has no root of updates: put the first one into its folder as root.json',
  },
  stopped: { fa: 'بررسی کارشناس', en: 'for a person to look' },
};

const COMPONENTS: Readonly<Record<string, Text>> = {
  menu: { fa: 'منو', en: 'menu' },
  goods: { fa: 'فهرست کالا', en: 'list of goods' },
  params: { fa: 'تنظیمات', en: 'parameters' },
  firmware: { fa: 'نرم‌افزار', en: 'firmware' },
};

/** `منو ۳: نصب شد و کار می‌کند`, `menu 3: waits (a reversal is queued)`. */
export function outcomeText({ what, component, releaseCounter, why }: Outcome, language: Language): string {
  const subject =
    component === undefined
      ? ''
      : `${COMPONENTS[component]?.[language] ?? component} ${digits(String(releaseCounter ?? ''), language)}: `;
  const reason = why === undefined ? '' : ` (${WHY[why]?.[language] ?? why})`;
  return `${subject}${WHAT[what][language]}${reason}`;
}
