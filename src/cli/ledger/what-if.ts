import { Option, type Command } from 'commander';
import type { Language } from '../../field/language.ts';
import { figuresOf } from '../../field/money-text.ts';
import { RIAL } from '../../field/money-unit.ts';
import { persianDigits } from '../../field/persian.ts';
import { whatIf, type WhatIfLine, type WhatIfVerdict } from '../../ledger/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { totalOf, type BasketItem } from '../../simulators/terminal/index.ts';
import { withBooks } from '../books.ts';
import { day, rials, withJson, wrongOption } from '../options.ts';
import { print, type JsonOption } from '../print.ts';
import { item, ITEM, ITEM_SAYS, languageOption, type LanguageOption } from '../simulate/terminal/options.ts';

interface Options extends JsonOption, LanguageOption {
  readonly amount?: bigint;
  readonly item?: readonly BasketItem[];
  readonly rest: 'card' | 'cash';
  readonly terminal?: string;
  readonly guild?: string;
  readonly on?: string;
}

/** `programme what-if`: what a purchase would come to by the rules of a day, line by line, as the console says it. */
export function registerWhatIf(programme: Command): void {
  withJson(programme.command('what-if'))
    .description("what a purchase would come to by the rules of a day, by the ledger's own function; nothing is kept")
    .argument('<household>')
    .option('--amount <rials>', 'the whole of it (default: of the basket)', rials('--amount', 12))
    .option(ITEM, ITEM_SAYS, item)
    .addOption(
      new Option('--rest <how>', 'how what the voucher does not pay is paid').choices(['card', 'cash']).default('card'),
    )
    .option('--terminal <number>', 'where (default: any that works)')
    .option('--guild <guild>', 'at any shop of this guild')
    .option('--on <day>', 'as on this day, Gregorian or Jalali (default: now)', day('--on'))
    .addOption(languageOption('en'))
    .action(async (household: string, options: Options) => {
      const { item: basket, rest, terminal, guild, on } = options;
      const totalRials = options.amount ?? (basket === undefined ? undefined : totalOf(basket));
      if (totalRials === undefined) throw wrongOption('--amount, --item', 'an amount, or what is bought');
      await withBooks(async (pool) => {
        const wanted = { household, totalRials, rest, basket, terminal, guild, day: on };
        const verdict = await whatIf(pool, wanted, systemClock.now());
        const { codeWords } = await import('../../timeline/index.ts');
        const words = codeWords(verdict.rc, verdict.reason)?.[options.language] ?? verdict.reason;
        print(options, verdict, () => textOf(verdict, words, options.language));
      });
    });
}

function textOf(
  { verdict, rc, reason, good, takes, lines, ...verdictOf }: WhatIfVerdict,
  why: string,
  language: Language,
): string {
  const { voucherRials, cardRials, cashRials, creditLeftRials } = verdictOf;
  const money = (amount: bigint): string => figuresOf(amount, RIAL, language);
  const said = (fa: string, en: string): string => (language === 'fa' ? fa : en);
  const head = language === 'fa' ? why : `${verdict}: ${rc} ${reason}, ${why}`;
  return [
    good === undefined ? head : `${head} (${good.nameFa}, ${good.code})`,
    said(
      `از کالابرگ ${money(voucherRials)}، کارت ${money(cardRials)}، نقد ${money(cashRials)}؛ ماندهٔ اعتبار ${money(creditLeftRials)} (ریال)`,
      `voucher ${money(voucherRials)}, card ${money(cardRials)}, cash ${money(cashRials)}; credit left ${money(creditLeftRials)}`,
    ),
    ...takes.map(({ programme, period, rials: taken }) => `${programme} ${period}: ${money(BigInt(taken))}`),
    ...lines.flatMap((line, at) => lineText(line, at + 1, language)),
  ].join('\n');
} // prettier-ignore

const UNITS: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  '00': { fa: 'عدد', en: 'pc' },
  '01': { fa: 'گرم', en: 'g' },
  '02': { fa: 'میلی‌لیتر', en: 'ml' },
};

/** What the voucher pays of it, what the customer adds and why; then what its ration has, and what else is of it. */
function lineText(line: WhatIfLine, place: number, language: Language): string[] {
  const { goods, nameFa, unit, quantity, amountRials, voucherRials, customerRials, why, item: of } = line;
  const money = (amount: bigint | string): string => figuresOf(BigInt(amount), RIAL, language);
  const said = (fa: string, en: string): string => (language === 'fa' ? persianDigits(fa) : en);
  const measure = (count: string | number, by: string | null): string => said(`${count} ${UNITS[by ?? '']?.fa ?? ''}`, `${count} ${UNITS[by ?? '']?.en ?? ''}`).trim(); // prettier-ignore
  const name = nameFa === null ? goods : `${nameFa} (${goods})`;
  const paid = said(
    `${money(amountRials)}: کالابرگ ${money(voucherRials)}، مشتری ${money(customerRials)}`,
    `${money(amountRials)}: voucher ${money(voucherRials)}, customer ${money(customerRials)}`,
  );
  const ration = of?.entitled == null ? [] : [said(
    `سهمیهٔ ${of.item}: ${measure(of.used ?? '0', of.unit)} از ${measure(of.entitled, of.unit)} مصرف شده است`,
    `ration of ${of.item}: ${measure(of.used ?? '0', of.unit)} of ${measure(of.entitled, of.unit)} are used`,
  )]; // prettier-ignore
  const others = of?.alternatives.map(({ goods: code, nameFa: called }) => `${called} (${code})`) ?? [];
  return [
    `${said(`${place}. ${name}`, `${place}. ${name}`)}، ${measure(quantity, unit)}، ${paid}`.replaceAll('، ', language === 'fa' ? '، ' : ', '),
    ...why.map((reason) => `   ${reason[language]}`),
    ...ration.map((text) => `   ${text}`),
    ...(others.length === 0 ? [] : [`   ${said('به‌جای آن: ', 'instead of it: ')}${others.join(language === 'fa' ? '، ' : ', ')}`]),
  ]; // prettier-ignore
}
