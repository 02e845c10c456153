import type { Message } from '../../codec/index.ts';
import { moneyText } from '../../field/money-text.ts';
import { decimalOf, RIAL, type MoneyUnit, type Units } from '../../field/money-unit.ts';
import { tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';

/** In which unit of money a device says amounts, by date: a parameter that it has long before the day (docs/decisions/0088). */
export interface DeviceUnits {
  /** @param day ISO, of Tehran */
  on(day: string): MoneyUnit;
  /** By DE 49: what takes back a purchase of the day before repeats the unit of that one. */
  ofCode(numeric: string): MoneyUnit | undefined;
}

/** Of a device that knows the rial alone. */
export const RIALS: DeviceUnits = {
  on: () => RIAL,
  ofCode: (numeric) => (numeric === RIAL.numeric ? RIAL : undefined),
};

/** By the rows of the rules of settlement. */
export function deviceUnits(units: Pick<Units, 'ofTerminals' | 'ever'>, profile: string): DeviceUnits {
  return {
    on: (day) => units.ofTerminals(profile)?.(day) ?? RIAL,
    ofCode: (numeric) => units.ever().find((unit) => unit.numeric === numeric),
  };
}

export function unitAt(units: DeviceUnits, now: number): MoneyUnit {
  return units.on(tehran(now).isoDate);
}

/** Of a message's amounts: that of its DE 49; what has none is in the unit of its moment. */
export function unitOfMessage(units: DeviceUnits, message: Message, now: number): MoneyUnit {
  const said = message.get(49);
  return (said === undefined ? undefined : units.ofCode(said)) ?? unitAt(units, now);
}

/** What DE 4 counts. @throws GatewayError `terminal.amount`: it is no whole number of steps */
export function stepsOf(rials: bigint, unit: MoneyUnit): bigint {
  if (rials % unit.stepRials === 0n) return rials / unit.stepRials;
  const [said, step] = [decimalOf(rials, unit), moneyText(unit.stepRials, unit, 'en')];
  throw new GatewayError(
    'terminal.amount',
    `${said} ${unit.nameEn} is no amount of this unit: its least step is ${step}.`,
  );
}

/** A price as a till asks it: what no step says is rounded up to the next one. */
export function wholeSteps(rials: bigint, { stepRials: step }: MoneyUnit): bigint {
  return ((rials + step - 1n) / step) * step;
}
