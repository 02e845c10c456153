import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RIAL, unitsOf, type MoneyUnit } from '../../src/field/money-unit.ts';
import { COUNTER_GOODS } from '../../src/pos/counter.ts';
import { inserted, MENU, POS_MENU, pressed, scanned, type Act, type Pad } from '../../src/pos/keypad.ts';

/** Presses keys one after another; a letter of `acts` stands for what the device is asked to do. */
function typed(keys: readonly string[], from: Pad = MENU, unit: MoneyUnit = RIAL): { pad: Pad; acts: Act[] } {
  const acts: Act[] = [];
  let pad = from;
  for (const key of keys) {
    const next = pressed(pad, key, unit);
    pad = next.pad;
    if (next.act !== undefined) acts.push(next.act);
  }
  return { pad, acts };
}
const keys = (text: string): string[] =>
  text.split(' ').flatMap((key) => (/^\d+$/.test(key) ? (key.match(/\d/g) ?? []) : [key]));

describe('the keys of the drawn device', () => {
  test.each([
    ['1', { at: 'how', deed: '179800' }],
    ['2', { at: 'how', deed: '179898' }],
    ['3', { at: 'card', deed: '379800', rials: 0n }],
    ['4', { at: 'amount', deed: '000000' }],
    ['5', { at: 'card', deed: '310000' }],
    ['8', { at: 'menu' }],
    ['0', { at: 'menu' }],
    ['1 2 25', { at: 'amount', typed: '25' }],
    ['1 2 25 clear', { at: 'amount', typed: '2' }],
    ['1 2 12345678901234', { at: 'amount', typed: '1234567890' }],
    ['1 2 enter', { at: 'amount', typed: '' }], // nothing is not sold
    ['1 2 000 enter', { at: 'amount' }],
    ['1 2 2500000 enter', { at: 'card', rials: 2_500_000n }],
    ['1 1 4 enter', { at: 'goods', goods: [COUNTER_GOODS[1]] }],
    ['1 1 004 enter', { at: 'goods', goods: [COUNTER_GOODS[1]] }],
    ['1 1 77 enter', { at: 'goods', goods: [], unknown: true, typed: '' }],
    ['1 1 4 enter clear', { at: 'goods', goods: [] }],
    ['1 1 enter', { at: 'goods' }],
    ['1 1 4 enter 6 enter enter', { at: 'card', rials: 5_500_000n }],
    ['1 1 4 enter enter 1001 enter', { at: 'card', unknown: true }],
    ['1 1 4 enter enter 0 enter', { at: 'card', unknown: true }],
    ['1 1 cancel', { at: 'menu' }],
  ])('%s', (text, screen) => {
    expect(typed(keys(text)).pad.screen).toMatchObject(screen);
  });

  test('keys count the least steps of the unit, and what lies on the counter costs whole ones', () => {
    const row = { alpha: 'IRN', numeric: '999', nameFa: 'نو', nameEn: 'new', lawful: true, from: '2027-01-01' };
    const of = (rials: number, exponent: number): MoneyUnit => {
      const units = unitsOf({ units: [{ ...row, unit: 'new', rials, exponent }], paymentUnits: [{ from: '2027-01-01', in: 'new' }] }); // prettier-ignore
      return units.ofPayments('2027-06-01');
    };
    expect(typed(keys('1 2 12345 enter'), MENU, of(10_000, 2)).pad.screen).toMatchObject({ at: 'card', rials: 1_234_500n });
    expect(typed(keys('1 1 9 enter enter'), MENU, of(10_000, 2)).pad.screen).toMatchObject({ at: 'card', rials: 320_000n });
    expect(typed(keys('1 1 9 enter enter'), MENU, of(50_000, 0)).pad.screen).toMatchObject({ at: 'card', rials: 350_000n });
  }); // prettier-ignore

  test('a household that is typed is a card put in; then it is quoted, or asked for its PIN, or asked at once', () => {
    const { pad, acts } = typed(keys('1 2 5000 enter 12 enter'));
    expect(acts).toEqual([{ do: 'insert', household: 12 }]);
    expect(inserted(pad, 12).act).toMatchObject({ do: 'quote', sale: { household: 12, rials: 5_000n } });
    expect(inserted(typed(keys('3')).pad, 7).act).toMatchObject({ do: 'trade' });
    expect(inserted(typed(keys('5')).pad, 7).pad.screen).toMatchObject({ at: 'pin', digits: 0, card: '603799******0071' }); // prettier-ignore
    expect(inserted(MENU, 7)).toEqual({ pad: MENU });
  });

  test('four digits and enter send a PIN, and no fewer; a fifth is not taken', () => {
    const asked = inserted(typed(keys('4 5000 enter')).pad, 7).pad;
    expect(typed(keys('123 enter'), asked).acts).toEqual([]);
    const { pad, acts } = typed(keys('12345 enter'), asked);
    expect(pad.pin).toBe('1234');
    expect(acts).toMatchObject([{ do: 'trade', sale: { deed: '000000', household: 7 } }]);
    expect(typed(keys('12 clear clear clear'), asked).pad.pin).toBe('');
  });

  test('twelve goods are the most', () => {
    let pad = MENU;
    for (let n = 0; n < 20; n++) ({ pad } = scanned(pad, '3', RIAL));
    expect(pad.screen).toMatchObject({ at: 'goods', goods: { length: 12 } });
    expect(scanned(MENU, '0', RIAL).pad).toBe(MENU);
    expect(scanned(MENU, "'--", RIAL).pad).toBe(MENU);
  });

  const key = fc.oneof(
    fc.constantFrom('enter', 'clear', 'cancel', '', 'x', '12', '__proto__'),
    fc.integer({ min: 0, max: 9 }).map(String),
  );

  test('whatever is pressed: no fault, bounded, the PIN on no screen, and cancel leads to the menu', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.constantFrom('press', 'scan', 'insert')), { maxLength: 60 }), (all) => {
        let pad = MENU;
        for (const [each, how] of all) {
          const next = how === 'press' ? pressed(pad, each, RIAL) : how === 'scan' ? scanned(pad, each, RIAL) : inserted(pad, Number(each)); // prettier-ignore
          ({ pad } = next);
          const shown = JSON.stringify(pad.screen, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)); // prettier-ignore
          expect(shown.length).toBeLessThan(3_000);
          expect(Object.keys(pad.screen)).not.toContain('pin');
          expect(pad.pin).toMatch(/^\d{0,4}$/);
          if (pad.screen.at !== 'pin' && next.act === undefined) expect(pad.screen).not.toMatchObject({ digits: expect.anything() }); // prettier-ignore
          if (
            (next.act?.do === 'trade' || next.act?.do === 'quote') &&
            next.act.sale.deed !== '379800' &&
            next.act.sale.deed !== '310000'
          )
            expect(next.act.sale.rials).toBeGreaterThan(0n);
        }
        expect(pressed(pad, 'cancel', RIAL).pad).toBe(MENU);
      }),
    );
  });

  test('while the centre is asked no key counts', () => {
    const busy: Pad = { ...MENU, screen: { at: 'busy', what: 'sale', since: 0 } };
    for (const each of ['cancel', 'enter', '1', 'clear']) expect(pressed(busy, each, RIAL)).toEqual({ pad: busy });
    expect(scanned(busy, '3', RIAL).pad).toBe(busy);
    expect(inserted(busy, 7).pad).toBe(busy);
  });

  test('the menu has a number for each', () => {
    expect(POS_MENU.length).toBeLessThanOrEqual(9);
  });
});
