import { carries, check, fresh, names, of, repeatsUntilFinal, sends, sendsNone } from '../checks.ts';
import { area, buy, NO_SUCCESS, START, step, SUCCESS } from './steps.ts';

const namesSale = check('advice-names-no-sale', 'DE 90 خرید را بنامد', 'DE 90 names the purchase', (seen) => {
  const [sale, advice] = [fresh(seen, 'purchase')[0], of(seen, 'advice')[0]];
  return sale !== undefined && advice !== undefined && names(advice, sale) ? undefined : 'it does not';
});

/** wire.md 3 (0220), 9.5: terminals whose purchases must be confirmed. */
export const ADVICES = area('advice', [
  {
    id: 'sent',
    title: { fa: 'تأیید پس از چاپ رسید', en: 'A purchase is confirmed' },
    source: 'wire.md 9.5',
    needs: 'confirm',
    steps: [step(buy(), [], SUCCESS)],
    must: [sends('advice', 1), namesSale, carries('advice', 90, /^020[01]\d{38}$/)],
  },
  {
    id: 'repeated',
    title: { fa: 'تأیید بی‌پاسخ می‌ماند', en: 'An advice is not answered' },
    source: 'wire.md 9.5',
    needs: 'confirm',
    steps: [step(buy(), [{ on: 'advice', fault: 'silence', times: 1 }], SUCCESS)],
    must: [repeatsUntilFinal('advice')],
  },
  {
    id: 'power-cut',
    title: { fa: 'قطع برق هنگام تأیید', en: 'A power cut during an advice' },
    source: 'wire.md 9.5',
    needs: 'confirm',
    steps: [step(buy({ cut: 'confirming' }), [{ on: 'advice', fault: 'silence', times: 1 }]), START],
    must: [repeatsUntilFinal('advice')],
    never: [sendsNone('reversal')],
  },
  {
    id: 'declined',
    title: { fa: 'خرید ردشده تأیید نمی‌شود', en: 'A declined purchase is not confirmed' },
    source: 'wire.md 9.5',
    needs: 'confirm',
    steps: [step(buy(), [{ on: 'purchase', answer: { rc: '51' } }], NO_SUCCESS)],
    never: [sendsNone('advice')],
  },
]);
