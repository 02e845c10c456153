import { demoPan, demoTrack2, type DemoTerminal } from '../src/demo/programme.ts';
import { SimulatedTerminal, type Answer } from '../src/simulators/terminal/index.ts';
import type { Chance } from './chance.ts';
import { CODEC, DeviceLine } from './line.ts';
import type { Process } from './scheduler.ts';
import type { Sale } from './till.ts';
import type { World } from './world.ts';

const TRICKS = {
  replay: 4,
  'wrong-mac': 2,
  'no-mac': 2,
  'other-name': 2,
  'stale-keys': 6,
  'foreign-reversal': 4,
  'foreign-return': 3,
  'wrong-pin': 3,
} as const;

/** Who stole a terminal: has its certificate and its keys, knows what others sent and bought, and no PIN. Whatever of this is approved
 *  is a fault. */
export class Thief implements Process {
  readonly name = 'thief';
  readonly alive = true;
  /** The office has blocked the terminal: nothing at all is sold there. */
  blocked = false;
  readonly #world: World;
  readonly #known: DemoTerminal;
  readonly #chance: Chance;
  readonly #line: DeviceLine;
  #device: SimulatedTerminal | undefined;
  #hasKeys = false;

  constructor(world: World, known: DemoTerminal) {
    this.#world = world;
    this.#known = known;
    this.#chance = world.chance.stream(this.name);
    this.#line = new DeviceLine(world, this, known.terminal);
  }

  get terminal(): string {
    return this.#known.terminal;
  }

  async work(tricks: number): Promise<void> {
    this.#device ??= await SimulatedTerminal.connect({
      ...this.#known,
      endpoint: this.#line,
      codec: CODEC,
      clock: this.#world.clock,
      timeoutMs: 60_000,
      firstStan: 500_000,
    });
    for (let i = 0; i < tricks; i++) {
      const device = this.#device;
      if (this.blocked && this.#hasKeys) {
        const answer = await this.#attempt(() => device.exchange(this.#purchase(device, '1234')));
        this.#mustFail('a sale at a blocked terminal', answer?.rc);
      }
      const signedOn = await this.#attempt(() => device.signOn().then(() => true));
      this.#hasKeys ||= signedOn === true;
      if (signedOn === true) await this.#trick(device, this.#chance.weighted(TRICKS));
      await this.#world.clock.sleep(this.#chance.between(0, 5_000));
    }
  }

  async #trick(device: SimulatedTerminal, trick: keyof typeof TRICKS): Promise<void> {
    const sale = this.#victim();
    switch (trick) {
      case 'replay': {
        if (sale === undefined) return;
        const bytes = await this.#attempt(() => this.#line.send(sale.request.encode()));
        if (bytes !== undefined) this.#mustFail(trick, CODEC.decode(bytes).get(39));
        return;
      }
      case 'wrong-mac':
        this.#mustFail(trick, (await this.#attempt(() => device.exchangeSpoilt(this.#purchase(device, '1234'))))?.rc);
        return;
      case 'no-mac': {
        const bare = device.withoutMac(this.#purchase(device, '1234'));
        this.#mustFail(trick, (await this.#attempt(() => device.exchange(bare)))?.rc);
        return;
      }
      case 'other-name': {
        // On its own line and under its own keys, in the name of the shop that it robs.
        const named = device.again(this.#purchase(device, '1234'), '0200', {
          41: this.#world.tills[0]?.terminal ?? '',
        });
        this.#mustFail(trick, (await this.#attempt(() => device.exchange(named)))?.rc);
        return;
      }
      case 'stale-keys': {
        const old = this.#purchase(device, '1234');
        // The pair before is honoured for a minute, the one before that never.
        const waits = this.#chance.happens(0.7);
        for (let downloads = waits ? 1 : 0; downloads < 2; downloads++) {
          const done = await this.#attempt(() => device.newKeys().then(() => true));
          if (done !== true) return;
        }
        if (waits) await this.#world.clock.sleep(61_000);
        this.#mustFail(trick, (await this.#attempt(() => device.exchange(old)))?.rc);
        return;
      }
      case 'foreign-reversal':
        if (sale === undefined) return;
        this.#world.touched(sale); // it stays as it is
        await this.#attempt(() =>
          device.reverse(sale.request, this.#chance.pick(['17', '68']), sale.rrn === '' ? {} : { 37: sale.rrn }),
        );
        return;
      case 'foreign-return': {
        if (sale?.keptRials === undefined || sale.keptRials === 0n || sale.rrn === '') return;
        const other = (sale.household % 12) + 1;
        this.#world.history.blur(other);
        const card = { pan: demoPan(other), track2: demoTrack2(other), pin: '1234' };
        const fields = { 48: { '10': sale.rrn } };
        const rials = sale.keptRials;
        this.#mustFail(trick, (await this.#attempt(() => device.financial('279800', rials, card, fields)))?.rc);
        return;
      }
      case 'wrong-pin': {
        const { rc } = (await this.#attempt(() => device.exchange(this.#purchase(device, '9999')))) ?? {};
        if (!this.#world.pinless) this.#mustFail(trick, rc);
      }
    }
  }

  /** What somebody bought elsewhere. */
  #victim(): Sale | undefined {
    const { sales } = this.#world;
    return sales.length === 0 ? undefined : this.#chance.pick(sales.slice(-30));
  }

  #purchase(device: SimulatedTerminal, pin: string): ReturnType<SimulatedTerminal['prepareFinancial']> {
    const household = this.#chance.between(1, this.#world.households);
    this.#world.history.blur(household); // held for the bank's word on the PIN, and given back
    const card = { pan: demoPan(household), track2: demoTrack2(household), pin };
    return device.prepareFinancial('179800', BigInt(this.#chance.between(1, 2_000_000)), card);
  }

  #mustFail(trick: string, rc: string | undefined): void {
    if (rc === '00' || rc === '10') this.#world.fault(`a thief at ${this.terminal}: ${trick} is approved`);
  }

  /** @returns undefined when nothing was heard, or the gateway gave no keys */
  async #attempt<T extends Answer | Buffer | boolean | undefined>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (!['terminal.silence', 'terminal.keys'].includes(code)) throw error;
      return undefined;
    }
  }
}
