import { book } from '../../words/tongue.ts';

export const words = book(
  'audit',
  {
    title: 'دفتر رویدادها',
    at: 'زمان',
    actor: 'چه کسی',
    act: 'کار',
    object: 'دربارهٔ',
    reason: 'علت',
    change: 'پیش ← پس',
    request: 'درخواست',
    actorId: 'شمارهٔ شخص',
  },
  {
    title: 'Audit',
    at: 'When',
    actor: 'Who',
    act: 'Act',
    object: 'About',
    reason: 'Reason',
    change: 'Before → after',
    request: 'Request',
    actorId: 'Number of the person',
  },
);
