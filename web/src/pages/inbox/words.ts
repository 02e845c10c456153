import { book } from '../../words/tongue.ts';

export const words = book(
  'inbox',
  {
    title: 'در انتظار شما',
    none: 'کاری در انتظار شما نیست.',
    count_one: '{{n}} کار در انتظار شماست',
    count_other: '{{n}} کار در انتظار شماست',
    overdue_one: '{{n}} گذشته از مهلت',
    overdue_other: '{{n}} گذشته از مهلت',
    more_one: 'و {{n}} کار دیگر',
    more_other: 'و {{n}} کار دیگر',
    what: 'کار',
    since: 'از',
    due: 'مهلت',
    late: 'دیر شده',
  },
  {
    title: 'Waits for you',
    none: 'Nothing waits for you.',
    count_one: '{{n}} thing waits for you',
    count_other: '{{n}} things wait for you',
    overdue_one: '{{n}} overdue',
    overdue_other: '{{n}} overdue',
    more_one: 'and {{n}} more',
    more_other: 'and {{n}} more',
    what: 'What',
    since: 'Since',
    due: 'Due',
    late: 'late',
  },
);
