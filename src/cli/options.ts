import type { Command } from 'commander';
import { readDay } from '../field/jalali.ts';
import { parsePlace, type Place } from '../field/place.ts';
import { parseRials } from '../field/rials.ts';
import { GatewayError } from '../ops/errors.ts';

/** Readers of options and arguments: `.option('--port <port>', 'port to listen on', port('--port'), 8600)`. What is wrong is the
 *  error `option.invalid`, before anything is done. */

/** `--port 70000: give a whole number from 1 to 65535.` */
export function wrongOption(given: string, wanted: string): GatewayError {
  return new GatewayError('option.invalid', `${given}: give ${wanted}.`);
}

export function whole(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= least && value <= most) return value;
    throw wrongOption(`${option} ${text}`, `a whole number from ${least} to ${most}`);
  };
}

/** @param least 0 where the system may choose */
export function port(option: string, least: 0 | 1 = 1): (text: string) => number {
  return whole(option, least, 65_535);
}

export function rials(option: string, digits = 15): (text: string) => bigint {
  return (text) => {
    const amount = parseRials(text, digits);
    if (amount !== undefined) return amount;
    throw wrongOption(`${option} ${text}`, `whole rials, at most ${digits} digits`);
  };
}

export function place(option: string): (text: string) => Place {
  return (text) => {
    const found = parsePlace(text);
    if (found !== undefined) return found;
    throw wrongOption(`${option} ${text}`, 'host:port, an IPv6 address as [::1]:port');
  };
}

/** A day, Gregorian or Jalali, as ISO. @param name of the option or argument */
export function day(name: string): (text: string) => string {
  return (text) => {
    const found = readDay(text);
    if (found !== undefined) return found;
    throw wrongOption(`${name} ${text}`, 'a day: Gregorian as 2026-11-23, or Jalali as 1405-09-02');
  };
}

/** `today`, or a day. */
export function dayOrToday(name: string): (text: string) => string {
  return (text) => (text === 'today' ? text : day(name)(text));
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A span of time such as 30s, 5m, 1h or 2d, in milliseconds. */
export function span(option: string, leastMs = 0): (text: string) => number {
  return (text) => {
    const [, amount = '', unit = ''] = /^(\d{1,5})([smhd])$/.exec(text) ?? [];
    const ms = Number(amount) * (UNITS[unit] ?? Number.NaN);
    if (ms >= leastMs) return ms;
    throw wrongOption(`${option} ${text}`, 'a time, as 30s, 5m, 1h or 2d');
  };
}

/** An instant with its zone, such as 2026-11-28T03:00:00+03:30, in milliseconds since 1970. */
export function instant(option: string): (text: string) => number {
  return (text) => {
    const ms = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text)
      ? Date.parse(text.replace(' ', 'T'))
      : Number.NaN;
    if (!Number.isNaN(ms)) return ms;
    throw wrongOption(
      `${option} ${text}`,
      'an instant with its zone, as 2026-11-28T03:00:00+03:30 or 2026-11-27T23:30:00Z',
    );
  };
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** `--json`, on a command that honours it with `print` or `printEach` (docs/commands.md). */
export function withJson(command: Command): Command {
  return command.option('--json', 'results as JSON, for programs');
}
