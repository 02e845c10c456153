import type { FieldDevice } from '../shops/index.ts';
import type { Text } from './language.ts';

/** What a shop is told of the device that it has: before it applies, and while it does. */
export const BECOMES: Readonly<Record<FieldDevice['becomes'], Text>> = {
  update: {
    fa: 'همین دستگاه می‌ماند و پس از تأیید، شب‌هنگام به‌روزرسانی می‌شود؛ کاری از شما لازم نیست.',
    en: 'It stays: after the approval it is updated at night, and you need do nothing.',
  },
  replacement: {
    fa: 'این مدل به‌روزرسانی نمی‌شود؛ پس از تأیید دستگاه دیگری می‌گیرید و این یکی پس داده می‌شود.',
    en: 'This model cannot be updated: after the approval you get another device, and this one goes back.',
  },
};
