import type { FieldInput } from '../codec/index.ts';
import { DEMO_PIN, demoPan, demoTrack2 } from '../demo/index.ts';
import type { Answer, SimulatedCard, SimulatedTerminal } from '../simulators/terminal/index.ts';
import { seeded, type Kind } from './mix.ts';
import type { Work } from './run.ts';

/** Ordinary households of the demo programme (wire.md 8). */
const HOUSEHOLDS = 900;
/** Customers at a fleet's devices, turn by turn. */
export function customers(devices: readonly SimulatedTerminal[], seed: number): Work {
  const random = seeded(seed);
  let turn = 0;
  return async (kind) => {
    const device = devices[turn++ % devices.length];
    if (device === undefined) throw new Error('the fleet is empty');
    const household = 1 + Math.floor(random() * HOUSEHOLDS);
    const rials = BigInt(1 + Math.floor(random() * 20)) * 1_000n;
    return (await act(device, kind, household, rials)).rc;
  };
}

async function act(device: SimulatedTerminal, kind: Kind, household: number, rials: bigint): Promise<Answer> {
  const card: SimulatedCard = { pan: demoPan(household), track2: demoTrack2(household), pin: DEMO_PIN };
  const touched = { ...card, pin: undefined };
  const buy = (code: string, fields: Readonly<Record<number, FieldInput>> = {}): Promise<Answer> =>
    device.financial(code, rials, card, fields);
  switch (kind) {
    case 'purchase':
      return buy('179800');
    case 'split':
      return device.financial('179800', rials + 40_000_000n, card);
    case 'cash':
      return buy('179898');
    case 'inquiry':
      return device.financial('379800', 0n, touched);
    case 'quote':
      return device.financial('379800', rials, touched);
    case 'ordinary':
      return buy('000000');
    case 'balance':
      return device.financial('310000', 0n, card);
    case 'reversal':
      return device.reverse((await buy('179898')).request, '17');
    case 'return':
      return buy('279800', { 48: { '10': (await buy('179898')).message.get(37) ?? '' } });
    case 'echo':
      return device.network('301');
  }
}
