import type { LessonCode } from '../../../training/index.ts';
import type { Text } from '../../language.ts';

/** What each lesson says: a minute to read, and one task. Amounts are those of src/practice/lessons.ts; a test holds them together. */
export interface LessonWords {
  readonly title: Text;
  readonly says: readonly Text[];
  readonly points: readonly Text[];
  readonly task: Text;
  /** By the code of a step. */
  readonly steps: Readonly<Record<string, Text>>;
}

export const WORDS: Readonly<Record<LessonCode, LessonWords>> = {
  menu: {
    title: { fa: 'کالابرگ و منوی «خرید یارانه‌ای»', en: 'The voucher, and the menu “Subsidised purchase”' },
    says: [
      {
        fa: 'کالابرگ اعتباری است که هر ماه برای خرید کالاهای اساسی به خانوار داده می‌شود. مشتری کارت تازه‌ای ندارد: همان کارت بانکی سرپرست خانوار را می‌کشد.',
        en: 'The voucher is credit that a household gets each month for basic goods. The customer has no new card: it is the bank card of the head of the household.',
      },
      {
        fa: 'پایانه گزینهٔ تازه‌ای دارد: «خرید یارانه‌ای». تنها از این گزینه، پول از اعتبار کالابرگ برداشته می‌شود. «خرید» معمولی همهٔ مبلغ را از حساب بانکی مشتری برمی‌دارد.',
        en: 'The terminal has a new item: “Subsidised purchase”. From this one alone the voucher pays. The ordinary “Purchase” takes the whole amount from the customer’s bank account.',
      },
    ],
    points: [
      { fa: 'پیش از کشیدن کارت بپرسید: «با کالابرگ؟»', en: 'Before the card is read, ask: “By voucher?”' },
      { fa: 'مبلغ پایانه به ریال است.', en: 'The terminal counts in rials.' },
    ],
    task: {
      fa: 'مشتری ۵۰۰٬۰۰۰ ریال خرید کرده است و می‌گوید: «با کالابرگ». از منوی درست بفروشید.',
      en: 'The customer’s goods cost 500,000 rials: “By voucher, please.” Sell from the right menu.',
    },
    steps: { sold: { fa: 'فروش ۵۰۰٬۰۰۰ ریالی از اعتبار کالابرگ', en: 'A sale of 500,000 rials from the voucher' } },
  },
  start: {
    title: { fa: 'آغاز روز: ارتباط با مرکز', en: 'Start of the day: connect to the centre' },
    says: [
      {
        fa: 'صبح، پایانه باید یک بار با مرکز ارتباط بگیرد. مرکز پایانه را می‌شناسد و کلیدهای تازه می‌دهد؛ رمز مشتری با همین کلیدها پوشیده می‌شود.',
        en: 'In the morning the terminal connects to the centre once. The centre knows it and gives it fresh keys, under which the customers’ PINs travel.',
      },
      {
        fa: 'تا این کار انجام نشود، هیچ خریدی پذیرفته نمی‌شود. اگر در روز کد ۷۶ دیدید، همین کار را دوباره بکنید.',
        en: 'Until then no purchase is accepted. If code 76 is shown during the day, do the same again.',
      },
    ],
    points: [
      { fa: 'تاریخ و ساعت پایانه و کاغذ آن را هم نگاه کنید.', en: 'Look at its date, its clock and its paper too.' },
      {
        fa: 'پایانه را به جای دیگر نبرید و به کسی نسپارید.',
        en: 'Take the terminal nowhere else, and lend it to nobody.',
      },
    ],
    task: {
      fa: 'پایانه خاموش بوده است. آن را به مرکز وصل کنید.',
      en: 'The terminal was off. Connect it to the centre.',
    },
    steps: { keys: { fa: 'پایانه کلیدهای امروز را گرفت', en: 'The terminal has today’s keys' } },
  },
  balance: {
    title: { fa: 'ماندهٔ اعتبار کالابرگ', en: 'How much credit is left' },
    says: [
      {
        fa: 'بسیاری از مشتری‌ها نمی‌دانند چقدر اعتبار دارند. ماندهٔ اعتبار را پیش از جمع زدن خرید بگیرید؛ رمز نمی‌خواهد و هزینه ندارد.',
        en: 'Many customers do not know their credit. Ask for it before adding up; it needs no PIN and costs nothing.',
      },
      {
        fa: 'این ماندهٔ کالابرگ است، نه موجودی حساب بانکی. آن را تنها به خود مشتری بگویید.',
        en: 'That is the voucher’s credit, not the bank account. Tell it to the customer alone.',
      },
    ],
    points: [
      { fa: 'اعتبار تاریخ دارد؛ ماندهٔ ماه گذشته شاید دیگر نباشد.', en: 'Credit has an end; last month’s may be gone.' },
    ],
    task: {
      fa: 'مشتری می‌پرسد: «چقدر مانده؟» ماندهٔ اعتبار کالابرگ او را بگیرید.',
      en: '“How much is left?” Ask for the customer’s credit.',
    },
    steps: { asked: { fa: 'ماندهٔ اعتبار گرفته شد', en: 'The credit was asked for' } },
  },
  credit: {
    title: { fa: 'فروش، همه از اعتبار', en: 'A sale wholly on credit' },
    says: [
      {
        fa: 'گزینهٔ «خرید یارانه‌ای» را بزنید، بارکد کالاها را بخوانید، مبلغ را به مشتری نشان دهید و پایانه را به دست او بدهید تا خودش رمز بزند.',
        en: 'Press “Subsidised purchase”, read the goods’ codes, show the amount, and hand the terminal over: the customer types the PIN.',
      },
      {
        fa: 'با خواندن بارکد، سامانه هر کالا را جدا می‌سنجد: کالای مشمول از اعتبار، بقیه از کارت یا نقد. نام کالایی را به جای کالای دیگر نزنید.',
        en: 'With the codes, each of the goods is judged by itself: eligible ones go on the voucher, others to card or cash. Never enter one good for another.',
      },
    ],
    points: [
      {
        fa: 'رسید را بدهید؛ سهم کالابرگ و مانده روی آن است.',
        en: 'Hand over the slip: it shows the voucher’s part and what is left.',
      },
      {
        fa: 'قیمت، همان قیمت روی کالاست؛ با کالابرگ گران‌تر نمی‌شود.',
        en: 'The price is the same as for anybody else.',
      },
    ],
    task: {
      fa: 'یک کیسه برنج (۱٬۸۰۰٬۰۰۰) و یک روغن (۷۰۰٬۰۰۰ ریال) روی پیشخوان است. بارکد هر دو را بخوانید و همه را از اعتبار بفروشید.',
      en: 'A sack of rice (1,800,000) and oil (700,000 rials) lie on the counter. Read both codes, and sell all of it on credit.',
    },
    steps: {
      sold: { fa: 'برنج و روغن، ۲٬۵۰۰٬۰۰۰ ریال، همه از اعتبار', en: 'Rice and oil, 2,500,000 rials, all on credit' },
    },
  },
  split: {
    title: { fa: 'وقتی اعتبار کم است: باقی از کارت یا نقد', en: 'Not enough credit: the rest by card or cash' },
    says: [
      {
        fa: 'اگر خرید از اعتبار بیشتر باشد، لازم نیست دو بار بفروشید. پایانه اول همهٔ اعتبار را برمی‌دارد و باقی را در همان تراکنش از حساب همان کارت.',
        en: 'If a sale is more than the credit, do not sell twice. The terminal takes the credit first, and in the same transaction the rest from the same card’s account.',
      },
      {
        fa: 'یا همه انجام می‌شود یا هیچ: اگر حساب بانکی موجودی نداشته باشد، از کالابرگ هم چیزی کم نمی‌شود. اگر مشتری باقی را نقد می‌دهد، «باقی نقد» را انتخاب کنید و پول را پیش از دادن کالا بگیرید.',
        en: 'It is all or nothing: without money in the account nothing is taken from the voucher either. If the customer pays the rest in cash, choose “rest in cash”, and take the money before the goods go.',
      },
    ],
    points: [{ fa: 'یک خرید را خرد نکنید؛ سامانه آن را می‌بیند.', en: 'Do not cut one sale into many: it is seen.' }],
    task: {
      fa: 'خرید ۵٬۰۰۰٬۰۰۰ ریال است و مشتری ۳٬۰۰۰٬۰۰۰ ریال اعتبار دارد. در یک تراکنش بفروشید؛ باقی از کارت.',
      en: 'The sale is 5,000,000 rials, the credit 3,000,000. Sell in one transaction, the rest from the card.',
    },
    steps: {
      sold: {
        fa: '۳٬۰۰۰٬۰۰۰ از اعتبار و ۲٬۰۰۰٬۰۰۰ از کارت، در یک تراکنش',
        en: '3,000,000 on credit and 2,000,000 by card, in one transaction',
      },
    },
  },
  refusals: {
    title: { fa: 'وقتی نمی‌شود: کدها و پاسخ به مشتری', en: 'When it is refused: codes, and what to say' },
    says: [
      {
        fa: 'پایانه هنگام رد، کد و دلیل را نشان می‌دهد. همان را آرام به مشتری بگویید؛ حدس نزنید و قول ندهید. پول هیچ خرید ردشده‌ای کم نمی‌شود.',
        en: 'A refusal comes with a code and a reason. Tell the customer just that; do not guess and promise nothing. A refused sale takes no money.',
      },
      {
        fa: 'کالایی که مشمول نیست از اعتبار خریده نمی‌شود. در خرید با کارت سهم آن از حساب می‌رود؛ اگر تنها همان باشد و «باقی نقد» بزنید، کد ۵۱ می‌آید.',
        en: 'Goods that are not eligible are not paid by the voucher. With the card their part goes to the account; alone and with “rest in cash” the answer is code 51.',
      },
    ],
    points: [
      {
        fa: 'رمز را تنها خود مشتری می‌زند. آن را نپرسید و ننویسید.',
        en: 'The customer alone types the PIN. Do not ask for it, do not write it down.',
      },
    ],
    task: {
      fa: 'سه کار: ۱) مایع ظرف‌شویی را با «باقی نقد» بفروشید و رد شدنش را ببینید. ۲) برنج را با رمز اشتباه ۱۱۱۱ بفروشید و کد را ببینید. ۳) برنج را با رمز درست بفروشید.',
      en: 'Three things: 1) sell the washing-up liquid with “rest in cash”, and see it refused. 2) Sell the rice with the wrong PIN 1111, and see the code. 3) Sell the rice with the right PIN.',
    },
    steps: {
      goods: { fa: 'مایع ظرف‌شویی رد شد (۵۱)', en: 'The washing-up liquid was refused (51)' },
      pin: { fa: 'رمز نادرست رد شد (۵۵)', en: 'The wrong PIN was refused (55)' },
      sold: { fa: 'برنج از اعتبار فروخته شد', en: 'The rice was sold on credit' },
    },
  },
  line: {
    title: { fa: 'قطع خط و نبود کاغذ: هرگز دو بار نفروشید', en: 'The line is cut, the paper is out: never sell twice' },
    says: [
      {
        fa: 'گاهی پاسخ نمی‌رسد و معلوم نیست پول کم شده یا نه. دوباره نفروشید و از منوی دیگر یا پایانهٔ دیگر هم نفروشید. همین که خط وصل شود، پایانه خودش پیام برگشت می‌فرستد.',
        en: 'Sometimes no answer comes, and nobody knows whether the money is gone. Do not sell again, nor from another menu or terminal. As soon as the line is back, the terminal itself sends a reversal.',
      },
      {
        fa: 'ترتیب درست: «ارتباط با مرکز»، بعد ماندهٔ اعتبار (باید مانند پیش باشد)، بعد یک بار فروش. اگر تنها کاغذ تمام شده، فروش انجام شده است: کاغذ بگذارید و رسید را دوباره چاپ کنید.',
        en: 'The order is: connect, ask for the credit (it must be as before), sell once. If only the paper was out, the sale is made: put paper in and print the slip again.',
      },
    ],
    points: [
      {
        fa: 'پول کارت اگر کم شده باشد برمی‌گردد؛ شمارهٔ پیگیری را به مشتری بدهید.',
        en: 'What the card lost comes back; give the customer the trace number.',
      },
    ],
    task: {
      fa: '۸۰۰٬۰۰۰ ریال بفروشید. خط قطع می‌شود. آنچه آموختید انجام دهید تا در پایان، همین فروش تنها یک بار ثبت شده باشد.',
      en: 'Sell 800,000 rials. The line will be cut. Do what you have learnt, so that in the end the sale stands once.',
    },
    steps: {
      back: { fa: 'فروش بی‌پاسخ برگشت خورد', en: 'The sale without an answer was taken back' },
      asked: { fa: 'پس از آن مانده گرفته شد', en: 'Then the credit was asked for' },
      sold: { fa: 'فروش یک بار، و تنها یک بار، ثبت است', en: 'The sale stands once, and only once' },
    },
  },
  close: {
    title: { fa: 'پایان روز، برگشت کالا، و آنچه هرگز نباید کرد', en: 'End of the day, returns, and what never to do' },
    says: [
      {
        fa: 'کالایی که برمی‌گردد، با «مرجوعی» و شمارهٔ مرجع رسید پس داده می‌شود: سهم کالابرگ به کالابرگ و سهم کارت به کارت. نقد ندهید.',
        en: 'Goods that come back are given back by “Return” and the slip’s reference number: the voucher’s part to the voucher, the card’s to the card. Never in cash.',
      },
      {
        fa: 'شب «جمع روز» را بگیرید و با رسیدها بسنجید. پول آن روز، همان شب در نوبت واریز می‌رود؛ در «فروشگاه من» می‌بینید هر خرید کی واریز می‌شود و اگر دیر شد نزد کیست. گلایهٔ مشتری را از «شکایت» ثبت کنید.',
        en: 'In the evening ask for the totals and compare them with your slips. The day’s money goes out that night; “My shop” shows when each sale is paid, and who delays it. A customer’s complaint is filed under “Complaint”.',
      },
    ],
    points: [
      {
        fa: 'هرگز به جای کالا پول ندهید، حتی با سود. این تخلف است و فروشگاه کنار گذاشته می‌شود.',
        en: 'Never give money instead of goods, whatever is offered: the shop is disqualified for it.',
      },
      { fa: 'هرگز کارت یا رمز کسی را نگه ندارید.', en: 'Never keep anybody’s card or PIN.' },
      {
        fa: 'هرگز کالایی را که نفروخته‌اید ثبت نکنید و پایانه را قرض ندهید.',
        en: 'Never enter goods that you did not sell, never lend the terminal.',
      },
    ],
    task: {
      fa: 'مشتری پیش‌تر ۱٬۲۰۰٬۰۰۰ ریال خریده بود (رسیدش پایین است) و ۴۰۰٬۰۰۰ ریال آن را پس آورده است. مرجوعی بزنید؛ بعد جمع روز را ببینید.',
      en: 'The customer bought for 1,200,000 rials before (the slip is below), and brings 400,000 of it back. Give it back; then look at the totals.',
    },
    steps: { returned: { fa: '۴۰۰٬۰۰۰ ریال به همان خرید برگشت', en: '400,000 rials went back to that sale' } },
  },
};

export const WARNINGS: Readonly<Record<string, Text>> = {
  ordinary: {
    fa: 'دفتر نشان می‌دهد از منوی «خرید» معمولی فروخته‌اید: همهٔ مبلغ از حساب بانکی مشتری رفت. از «خرید یارانه‌ای» بفروشید.',
    en: 'The books show a sale from the ordinary “Purchase”: all of it went from the bank account. Use “Subsidised purchase”.',
  },
  twice: {
    fa: 'دفتر نشان می‌دهد همین کالا دو بار فروخته شده است. درس را از نو آغاز کنید.',
    en: 'The books show the same goods sold twice. Begin the lesson again.',
  },
  cash: {
    fa: 'باقی را نقد گرفتید؛ این هم می‌شود، اما در این تمرین از کارت بگیرید. درس را از نو آغاز کنید.',
    en: 'The rest was taken in cash, which is allowed; here take it from the card. Begin the lesson again.',
  },
  unlisted: {
    fa: 'مبلغ درست است، اما بارکدها خوانده نشد. دوباره و با بارکد بفروشید.',
    en: 'The amount is right, but the codes were not read. Sell again, with the codes.',
  },
};
