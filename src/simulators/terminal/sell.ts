import type { Message } from '../../codec/index.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import type { Answer, SimulatedTerminal } from './terminal.ts';

/** Sends a purchase. Where no answer comes, the device takes it back at once (wire.md 9.3): the customer has paid nothing, or gets
 *  it back.
 *  @param queue keeps the purchase until its reversal is answered
 *  @throws GatewayError `terminal.silence`, which says whether it was taken back */
export async function sell(
  device: SimulatedTerminal,
  purchase: Message,
  queue?: (purchase: Message) => void,
): Promise<Answer> {
  try {
    return await device.exchange(purchase);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'terminal.silence') throw error;
    throw new GatewayError('terminal.silence', `${error.message}; ${await takenBack(device, purchase, queue)}`, {
      cause: error,
    });
  }
}

async function takenBack(
  device: SimulatedTerminal,
  purchase: Message,
  queue?: (purchase: Message) => void,
): Promise<string> {
  try {
    const { rc } = await device.reverse(purchase, '68');
    return rc === '00' ? 'the purchase was taken back' : `the gateway answered its reversal with RC ${rc}`;
  } catch (error) {
    queue?.(purchase);
    const then =
      queue === undefined ? 'send it again with the same data' : 'it is queued, and sent before the next sale';
    return `its reversal was not answered either (${messageOf(error)}): ${then}`;
  }
}
