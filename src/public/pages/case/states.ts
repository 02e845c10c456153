import type { CaseState } from '../../../shops/index.ts';
import type { Text } from '../../language.ts';

/** What a state of a case is called, and what it means for the shop. */
export const STATES: Readonly<
  Record<CaseState, { readonly name: Text; readonly tone: 'good' | 'wait' | 'bad'; readonly means: Text }>
> = {
  DRAFT: {
    name: { fa: 'پیش‌نویس', en: 'Draft' },
    tone: 'wait',
    means: { fa: 'هنوز نفرستاده‌اید.', en: 'You have not sent it yet.' },
  },
  SUBMITTED: {
    name: { fa: 'رسید', en: 'Received' },
    tone: 'wait',
    means: { fa: 'درخواست شما رسید و بررسی آن آغاز می‌شود.', en: 'It is here, and its checks begin.' },
  },
  CHECKING: {
    name: { fa: 'در حال استعلام', en: 'Being checked' },
    tone: 'wait',
    means: { fa: 'از سامانه‌های مرجع استعلام می‌شود.', en: 'Registries are being asked.' },
  },
  RETURNED: {
    name: { fa: 'نیازمند اصلاح شما', en: 'Returned to you' },
    tone: 'bad',
    means: {
      fa: 'تنها آنچه در زیر نشان‌دار است اصلاح می‌خواهد؛ باقی پذیرفته مانده است.',
      en: 'Only what is marked below has to be put right; the rest stands.',
    },
  },
  REVIEW_1: {
    name: { fa: 'بررسی نخست', en: 'First review' },
    tone: 'wait',
    means: { fa: 'یک همکار پرونده را می‌خواند.', en: 'A colleague reads the case.' },
  },
  REVIEW_2: {
    name: { fa: 'بررسی دوم', en: 'Second review' },
    tone: 'wait',
    means: { fa: 'همکار دیگری پرونده را می‌خواند.', en: 'Another colleague reads the case.' },
  },
  APPROVED: {
    name: { fa: 'تأیید شد', en: 'Approved' },
    tone: 'good',
    means: {
      fa: 'فروشگاه شما پذیرفته شد. گام‌های بعدی تا نخستین فروش و نخستین واریز در صفحهٔ فروشگاه است.',
      en: 'Your shop is accepted. The page of your shop has what comes next, until the first sale and the first pay-out.',
    },
  },
  REFUSED: {
    name: { fa: 'رد شد', en: 'Refused' },
    tone: 'bad',
    means: {
      fa: 'دو همکار پرونده را خواندند و آن را نپذیرفتند. دلیل و راه‌حل در زیر است.',
      en: 'Two colleagues read the case and did not accept it. Why, and what helps, stands below.',
    },
  },
  WITHDRAWN: {
    name: { fa: 'پس گرفته شد', en: 'Withdrawn' },
    tone: 'wait',
    means: {
      fa: 'شما درخواست را پس گرفتید. هر زمان می‌توانید دوباره درخواست دهید.',
      en: 'You withdrew it. You may apply again at any time.',
    },
  },
  LAPSED: {
    name: { fa: 'مهلت گذشت', en: 'Lapsed' },
    tone: 'wait',
    means: {
      fa: 'مهلت پاسخ گذشت. این رد نیست: با یک دکمه دوباره باز می‌شود و چیزی از نوشته‌ها نرفته است.',
      en: 'The time to answer is over. That is no refusal: one button opens it again, and nothing typed is lost.',
    },
  },
};

/** Whom a case waits on. */
export const PARTIES: Readonly<Record<'applicant' | 'registry' | 'reviewer' | 'system', Text>> = {
  applicant: { fa: 'شما', en: 'you' },
  registry: { fa: 'سامانهٔ استعلام', en: 'a registry' },
  reviewer: { fa: 'همکار بررسی‌کننده', en: 'a reviewer' },
  system: { fa: 'سامانه', en: 'the system' },
};
