/** Banks by the three-digit code of a Sheba (positions 5-7). A bank that merged names its successor: its old Shebas
 *  still pay, but whoever enters one is told. Source: domain/banks.json (persian-tools, MIT). */
export interface Bank {
  readonly code: string;
  readonly en: string;
  readonly fa: string;
  readonly successor?: string;
}

const BANKS: readonly Bank[] = [
  { code: '010', en: 'Central Bank of Iran', fa: 'بانک مرکزی جمهوری اسلامی ایران' },
  { code: '011', en: 'Sanat O Madan Bank', fa: 'بانک صنعت و معدن' },
  { code: '012', en: 'Mellat Bank', fa: 'بانک ملت' },
  { code: '013', en: 'Refah Bank', fa: 'بانک رفاه کارگران' },
  { code: '014', en: 'Maskan Bank', fa: 'بانک مسکن' },
  { code: '015', en: 'Sepah Bank', fa: 'بانک سپه' },
  { code: '016', en: 'Keshavarzi', fa: 'بانک کشاورزی' },
  { code: '017', en: 'Melli', fa: 'بانک ملی ایران' },
  { code: '018', en: 'Tejarat Bank', fa: 'بانک تجارت' },
  { code: '019', en: 'Saderat Bank', fa: 'بانک صادرات ایران' },
  { code: '020', en: 'Tose Saderat Bank', fa: 'بانک توسعه صادرات' },
  { code: '021', en: 'Post Bank', fa: 'پست بانک ایران' },
  { code: '022', en: 'Tosee Taavon Bank', fa: 'بانک توسعه تعاون' },
  { code: '051', en: 'Tosee Bank', fa: 'موسسه اعتباری توسعه' },
  { code: '052', en: 'Ghavamin Bank', fa: 'بانک قوامین', successor: '015' },
  { code: '053', en: 'Karafarin Bank', fa: 'بانک کارآفرین' },
  { code: '054', en: 'Parsian Bank', fa: 'بانک پارسیان' },
  { code: '055', en: 'Eghtesad Novin Bank', fa: 'بانک اقتصاد نوین' },
  { code: '056', en: 'Saman Bank', fa: 'بانک سامان' },
  { code: '057', en: 'Pasargad Bank', fa: 'بانک پاسارگاد' },
  { code: '058', en: 'Sarmayeh Bank', fa: 'بانک سرمایه' },
  { code: '059', en: 'Sina Bank', fa: 'بانک سینا' },
  { code: '060', en: 'Mehr Iran Bank', fa: 'بانک مهر ایران' },
  { code: '061', en: 'City Bank', fa: 'بانک شهر' },
  { code: '062', en: 'Ayandeh Bank', fa: 'بانک آینده', successor: '017' },
  { code: '063', en: 'Ansar Bank', fa: 'بانک انصار', successor: '015' },
  { code: '064', en: 'Gardeshgari Bank', fa: 'بانک گردشگری' },
  { code: '065', en: 'Hekmat Iranian Bank', fa: 'بانک حکمت ایرانیان', successor: '015' },
  { code: '066', en: 'Dey Bank', fa: 'بانک دی' },
  { code: '069', en: 'Iran Zamin Bank', fa: 'بانک ایران زمین' },
  { code: '070', en: 'Resalat Bank', fa: 'بانک قرض الحسنه رسالت' },
  { code: '073', en: 'Kosar Credit Institute', fa: 'موسسه اعتباری کوثر', successor: '015' },
  { code: '075', en: 'Melal Credit Institute', fa: 'موسسه اعتباری ملل' },
  { code: '078', en: 'Middle East Bank', fa: 'بانک خاورمیانه' },
  { code: '080', en: 'Noor Credit Institution', fa: 'موسسه اعتباری نور', successor: '017' },
  { code: '079', en: 'Mehr Eqtesad Bank', fa: 'بانک مهر اقتصاد', successor: '015' },
  { code: '095', en: 'Iran and Venezuela Bank', fa: 'بانک ایران و ونزوئلا' },
];

const BY_CODE: ReadonlyMap<string, Bank> = new Map(BANKS.map((bank) => [bank.code, bank]));

/** @param code three digits, such as `017` */
export function bankByCode(code: string): Bank | undefined {
  return BY_CODE.get(code);
}

export function bankCodes(): string[] {
  return BANKS.map((bank) => bank.code);
}
