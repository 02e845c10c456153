import { maskPan } from '../../field/pan.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { readAmounts } from './receipt.ts';
import type { Answer, SimulatedCard, SimulatedTerminal } from './terminal.ts';

/** What the panel needs of the screen it is on. */
export interface Screen {
  print(text: string): void;
  /** A line the person typed; undefined: the keyboard is gone. */
  ask(prompt: string): Promise<string | undefined>;
  /** The same, not shown while it is typed. */
  secret(prompt: string): Promise<string | undefined>;
}

export interface PanelOptions {
  /** The card of a household. */
  readonly card: (household: number, pin: string | undefined) => SimulatedCard;
}

const MENU = `
┌──────────────────────────────────┐
│         پایانه‌ی کالابرگ          │
├──────────────────────────────────┤
│  ۱  خرید کالابرگ، مانده از کارت   │
│  ۲  خرید کالابرگ، مانده نقدی      │
│  ۳  خرید عادی                    │
│  ۴  مانده‌ی اعتبار کالابرگ         │
│  ۵  مانده‌ی حساب بانکی            │
│  ۶  برگشت آخرین خرید             │
│  ۷  مرجوعی کالا                  │
│  ۸  ارتباط با مرکز               │
│  ۰  خروج                         │
└──────────────────────────────────┘`;

const LEAVE = '0';
const GONE = new GatewayError('panel.gone', 'the panel was closed');

const NAMES: readonly (readonly [line: string, fa: string])[] = [
  ['9841', 'از اعتبار کالابرگ'],
  ['0041', 'از کارت بانکی'],
  ['0004', 'نقدی بپردازید'],
  ['9802', 'اعتبار باقی‌مانده'],
];

/** The device as its clerk has it: menus in Persian, numbers in Persian or Latin digits, a slip after each transaction.
 *  Ends when the person leaves, or the keyboard is gone. */
export async function runPanel(device: SimulatedTerminal, screen: Screen, options: PanelOptions): Promise<void> {
  let last: Answer | undefined;
  for (;;) {
    screen.print(MENU);
    const choice = latin((await screen.ask('انتخاب: ')) ?? LEAVE).trim();
    if (choice === LEAVE) return;
    try {
      const answer = await chosen(choice, device, screen, options, last);
      if (answer === undefined) screen.print('چنین گزینه‌ای نیست');
      else {
        screen.print(slip(answer));
        if (answer.request.mti === '0200' && ['179800', '179898', '000000'].includes(answer.request.get(3) ?? ''))
          last = answer;
      }
    } catch (error) {
      if (error === GONE) return;
      screen.print(
        error instanceof GatewayError && error.code === 'panel.input' ? error.message : `خطا: ${messageOf(error)}`,
      );
    }
  }
}

async function chosen(
  choice: string,
  device: SimulatedTerminal,
  screen: Screen,
  options: PanelOptions,
  last: Answer | undefined,
): Promise<Answer | undefined> {
  const buy = async (code: string): Promise<Answer> => {
    const amount = BigInt(await number(screen, 'مبلغ (ریال): ', 12));
    return device.financial(code, amount, await card(screen, options, true));
  };
  switch (choice) {
    case '1':
      return buy('179800');
    case '2':
      return buy('179898');
    case '3':
      return buy('000000');
    case '4':
      return device.financial('379800', 0n, await card(screen, options, false));
    case '5':
      return device.financial('310000', 0n, await card(screen, options, true));
    case '6':
      if (last === undefined) throw new GatewayError('panel.input', 'هنوز خریدی انجام نشده است');
      return device.reverse(last.request, '17');
    case '7': {
      const rrn = await number(screen, 'شماره‌ی مرجع خرید: ', 12);
      const amount = BigInt(await number(screen, 'مبلغ مرجوعی (ریال): ', 12));
      return device.financial('279800', amount, await card(screen, options, true), {
        48: { '10': rrn.padStart(12, '0') },
      });
    }
    case '8':
      return device.network('301');
    default:
      return undefined;
  }
}

async function card(screen: Screen, options: PanelOptions, withPin: boolean): Promise<SimulatedCard> {
  const household = Number(await number(screen, 'کارت خانوار شماره‌ی (۱ تا ۱۰۰۰): ', 4));
  if (household < 1 || household > 1_000) throw new GatewayError('panel.input', 'کارت خوانده نشد');
  if (!withPin) return options.card(household, undefined);
  const pin = latin(typed(await screen.secret('رمز: ')));
  if (!/^\d{4,12}$/.test(pin)) throw new GatewayError('panel.input', 'رمز باید ۴ تا ۱۲ رقم باشد');
  return options.card(household, pin);
}

/** @throws GONE where nobody types any more */
function typed(line: string | undefined): string {
  if (line === undefined) throw GONE;
  return line;
}

async function number(screen: Screen, prompt: string, digits: number): Promise<string> {
  const text = latin(typed(await screen.ask(prompt))).replace(/[,٬\s]/g, '');
  if (!/^\d+$/.test(text) || text.length > digits) throw new GatewayError('panel.input', 'عدد درست نیست');
  return text;
}

/** Persian and Arabic digits as Latin ones. */
function latin(text: string): string {
  return text
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660));
}

function persian(value: bigint | string): string {
  const text = typeof value === 'bigint' ? value.toLocaleString('en-US').replaceAll(',', '٬') : value;
  return text.replace(/\d/g, (digit) => String.fromCharCode(0x6f0 + Number(digit)));
}

/** The slip of a transaction, in Persian. */
export function slip({ rc, message, request, macGood }: Answer): string {
  const approved = rc === '00' || rc === '10';
  const pan = request.get(2) ?? request.get(35)?.split('=')[0];
  const amounts = readAmounts(message.get(54));
  const lines = NAMES.flatMap(([line, name]) => {
    const rials = amounts.get(line);
    return rials === undefined ? [] : [`${name}: ${persian(rials)} ریال`];
  });
  const text = message.get('48.13');
  return [
    '----------------------------------',
    approved ? 'تراکنش موفق' : `تراکنش ناموفق (${persian(rc)})`,
    ...(text === undefined ? [] : [text]),
    `پایانه: ${persian(message.get(41) ?? '')}`,
    ...(pan === undefined ? [] : [`کارت: ${persian(maskPan(pan))}`]),
    ...(message.has(4) ? [`مبلغ: ${persian(BigInt(message.get(4) ?? '0'))} ریال`] : []),
    ...lines,
    ...(message.has(37) ? [`شماره‌ی مرجع: ${persian(message.get(37) ?? '')}`] : []),
    `شماره‌ی پیگیری: ${persian(message.get(11) ?? '')}`,
    ...(macGood === false ? ['هشدار: اصالت پاسخ تأیید نشد'] : []),
    '----------------------------------',
  ].join('\n');
}
