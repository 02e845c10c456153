import { createHmac } from 'node:crypto';
import { luhnDigit } from '../../field/pan.ts';
import { DEMO_HOUSEHOLDS, demoPan } from '../../demo/index.ts';

/** Households whose bank or credit behaves in a way of its own (wire.md 8): no other can stand in for them. */
const FIRST_SPECIAL = 901;
const LAST_SPECIAL = 910;
const DEMO_BIN = '603799';
const ROUNDS = 8;

/** Maps each PAN to another one of the same BIN and length, one to one, under a key: with the key and the same PAN it is
 *  always the same, no PAN stays what it is, and no two become one. A wrong check digit stays wrong by as much.
 *
 *  The demo programme's households become others with the same credit, so that a fresh demo gateway answers them alike.
 *  Its ten special ones have no equal: theirs become PANs beyond the programme whose last three digits before the check
 *  digit name the household, which `demoHousehold` reads. */
export class PanMap {
  readonly #key: Buffer;
  readonly #households: ReadonlyMap<number, number>;

  /** @param key any length; the same key maps alike */
  constructor(key: Buffer) {
    this.#key = key;
    this.#households = nextOfItsKind(key);
  }

  map(pan: string): string {
    if (!/^\d{8,19}$/.test(pan)) return '0'.repeat(pan.length);
    const household = demoNumber(pan);
    const body = household === undefined ? this.#another(pan) : this.#demo(household);
    const error = (Number(pan.at(-1)) - luhnDigit(pan.slice(0, -1)) + 10) % 10;
    return body + String((luhnDigit(body) + error) % 10);
  }

  #demo(household: number): string {
    const other = this.#households.get(household);
    if (other !== undefined) return demoPan(other).slice(0, -1);
    const beyond = household + 1_000 * (1 + (this.#number(`special ${household}`) % 999_998));
    return DEMO_BIN + String(beyond).padStart(9, '0');
  }

  /** A conjugated step of one: a permutation without a fixed point. Steps again where it would meet the demo's own. */
  #another(pan: string): string {
    const bin = pan.slice(0, 6);
    const digits = pan.length - 7;
    let value = pan.slice(6, -1);
    do {
      const place = this.#permute(Number(value), digits, bin, 'forth');
      value = String(this.#permute((place + 1) % 10 ** digits, digits, bin, 'back')).padStart(digits, '0');
    } while (demoNumber(`${bin}${value}0`) !== undefined);
    return bin + value;
  }

  /** A balanced Feistel network over decimal digits, as in FF1 (NIST SP 800-38G), with HMAC-SHA-256 as its function. */
  #permute(value: number, digits: number, bin: string, way: 'forth' | 'back'): number {
    const left = 10 ** (digits >> 1);
    const right = 10 ** (digits - (digits >> 1));
    let [a, b] = [Math.floor(value / right), value % right];
    for (let step = 0; step < ROUNDS; step++) {
      const round = way === 'forth' ? step : ROUNDS - 1 - step;
      const modulus = round % 2 === 0 ? left : right;
      const add = (half: number): number => this.#number(`${bin} ${digits} ${round} ${half}`) % modulus;
      if (way === 'forth') [a, b] = [b, (a + add(b)) % modulus];
      else [a, b] = [(b - add(a) + modulus) % modulus, a];
    }
    return a * right + b;
  }

  #number(text: string): number {
    return createHmac('sha256', this.#key).update(text).digest().readUIntBE(0, 6);
  }
}

/** The household of the demo programme that a PAN stands for, its own or a sanitised special one's. */
export function demoHousehold(pan: string): number | undefined {
  const own = demoNumber(pan);
  if (own !== undefined) return own;
  if (pan.length !== 16 || !pan.startsWith(DEMO_BIN)) return undefined;
  const special = Number(pan.slice(12, 15));
  return special >= FIRST_SPECIAL && special <= LAST_SPECIAL ? special : undefined;
}

function demoNumber(pan: string): number | undefined {
  if (pan.length !== 16 || !pan.startsWith(DEMO_BIN)) return undefined;
  const number = Number(pan.slice(6, 15));
  return number >= 1 && number <= DEMO_HOUSEHOLDS ? number : undefined;
}

/** Ordinary households in circles of as many members each (n mod 5 says how many), in an order that the key gives. */
function nextOfItsKind(key: Buffer): ReadonlyMap<number, number> {
  const next = new Map<number, number>();
  for (let kind = 0; kind < 5; kind++) {
    const circle: { household: number; order: string }[] = [];
    for (let household = 1; household <= DEMO_HOUSEHOLDS; household++) {
      if (household % 5 !== kind || (household >= FIRST_SPECIAL && household <= LAST_SPECIAL)) continue;
      circle.push({ household, order: createHmac('sha256', key).update(`household ${household}`).digest('hex') });
    }
    circle.sort((a, b) => (a.order < b.order ? -1 : 1));
    for (const [index, { household }] of circle.entries()) {
      const following = circle[(index + 1) % circle.length];
      if (following !== undefined) next.set(household, following.household);
    }
  }
  return next;
}
