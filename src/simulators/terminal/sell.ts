import type { Message } from '../../codec/index.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import type { Told } from '../../profiles/index.ts';
import type { Answer, SimulatedCard, SimulatedTerminal } from './terminal.ts';

/** What is sold: DE 3 of the contract, the total, and elements beside those that every sale has. */
export interface Sale {
  readonly code: string;
  readonly rials: bigint;
  readonly card: SimulatedCard;
  readonly fields?: Parameters<SimulatedTerminal['prepareSale']>[3];
}

/** Keeps a purchase until its reversal is answered, with what its words need besides. */
export type KeepPurchase = (purchase: Message, told: Told | undefined) => void;

/** Sends a purchase. Where no answer comes, the device takes it back at once (wire.md 9.3): the customer has paid nothing, or gets
 *  it back.
 *  @throws GatewayError `terminal.silence`, which says whether it was taken back */
export async function sell(
  device: SimulatedTerminal,
  { code, rials, card, fields = {} }: Sale,
  queue?: KeepPurchase,
): Promise<Answer> {
  const prepared = await device.prepareSale(code, rials, card, fields);
  if ('rc' in prepared) return prepared;
  try {
    return await device.exchange(prepared.request);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'terminal.silence') throw error;
    throw new GatewayError(
      'terminal.silence',
      `${error.message}; ${await takenBack(device, prepared.request, queue)}`,
      {
        cause: error,
      },
    );
  }
}

async function takenBack(device: SimulatedTerminal, purchase: Message, queue?: KeepPurchase): Promise<string> {
  const then = queue === undefined ? 'send it again with the same data' : 'it is queued, and sent before the next sale';
  try {
    const answer = await device.reverse(purchase, '68');
    if (answer.rc === '00') return 'the purchase was taken back';
    const told = `the gateway answered its reversal with RC ${answer.rc}`;
    if (device.isFinal(answer)) return told;
    queue?.(purchase, device.recall(purchase));
    return `${told}: ${then}`;
  } catch (error) {
    queue?.(purchase, device.recall(purchase));
    return `its reversal was not answered either (${messageOf(error)}): ${then}`;
  }
}
