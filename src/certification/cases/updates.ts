import { announcementOf } from '../../updates/format/index.ts';
import { carries, check, of, sends } from '../checks.ts';
import { UPDATE_BYTES, UPDATE_FILE } from '../host/decide.ts';
import { area, step } from './steps.ts';

const whole = check('update-not-whole', 'همه‌ی قطعه‌ها گرفته شود', 'every piece of the file is asked for', (seen) => {
  const offsets = new Set(of(seen, 'piece').map(({ message }) => Number(message.get('48.35')?.slice(0, 8))));
  for (let at = 0; at < UPDATE_BYTES.length; at += 700) if (!offsets.has(at)) return `offset ${at} was never asked for`;
  return undefined;
});
const NEWS = announcementOf(1, UPDATE_BYTES);

/** terminals.md 3, on the wire: tags 16, 35, 36, 37. */
export const UPDATES = area('update', [
  {
    id: 'fetched',
    title: { fa: 'دریافت فایل قطعه‌قطعه', en: 'A file is fetched piece by piece' },
    source: 'terminals.md 3',
    needs: 'update',
    steps: [step({ do: 'echo' }, [{ on: 'echo', answer: { rc: '00', news: NEWS } }]), step({ do: 'update' })],
    must: [carries('piece', 70, '901'), carries('piece', '48.35', new RegExp(`^\\d{8}${UPDATE_FILE}$`)), whole],
  },
  {
    id: 'damaged-piece',
    title: { fa: 'قطعه‌ی خراب', en: 'A damaged piece' },
    source: 'terminals.md 3',
    needs: 'update',
    steps: [step({ do: 'update' }, [{ on: 'piece', fault: 'bad-piece', times: 1 }])],
    must: [
      check('damaged-piece-kept', 'قطعه‌ی خراب دوباره خواسته شود', 'the damaged piece is asked for again', (seen) => {
        const [first, second] = of(seen, 'piece').map(({ message }) => message.get('48.35'));
        return first !== undefined && first === second ? undefined : `after ${first ?? '-'} came ${second ?? '-'}`;
      }),
      whole,
    ],
  },
  {
    id: 'unanswered-piece',
    title: { fa: 'قطعه‌ای نمی‌رسد', en: 'A piece does not come' },
    source: 'terminals.md 3',
    needs: 'update',
    steps: [step({ do: 'update' }, [{ on: 'piece', fault: 'silence', times: 1 }])],
    must: [whole],
  },
  {
    id: 'reported',
    title: { fa: 'گزارش نسخه', en: 'A version report' },
    source: 'terminals.md 3',
    needs: 'update',
    steps: [step({ do: 'report' })],
    must: [
      sends('report'),
      carries('report', 70, '902'),
      check('report-malformed', 'گزارش درست باشد', 'the report is well-formed', (seen) =>
        of(seen, 'report').every(({ answer }) => answer?.rc === '00') ? undefined : 'it was answered 30',
      ),
    ],
  },
]);
