import type { Codec, Message } from '../../../codec/index.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { keptPurchase, restored, type KeptPurchase } from '../last.ts';
import type { Told } from '../../../profiles/index.ts';
import type { Answer, SimulatedTerminal } from '../terminal.ts';
import type { Disk } from './disk.ts';

/** Purchases without an answer whose reversals wait (wire.md 9.3). While there is one, nothing new is installed. */
export interface ReversalQueue {
  readonly size: number;
  add(purchase: Message, card: string, told?: Told): void;
  /** Sends them, the oldest first, until one is not answered. One whose answer is not final stays, and is sent again another time.
   *  @param track2Of the stripe of the card of that name; undefined: it is not here */
  send(device: SimulatedTerminal, track2Of: (card: string) => string | undefined, codec: Codec): Promise<void>;
}

const NAME = 'reversals.json';

export function openQueue(disk: Disk): ReversalQueue {
  let waiting = read(disk);
  const save = (next: readonly KeptPurchase[]): void => {
    waiting = next;
    if (next.length === 0) disk.remove(NAME);
    else disk.write(NAME, Buffer.from(JSON.stringify(next)));
  };
  return {
    get size() {
      return waiting.length;
    },
    add: (purchase, card, told) => {
      save([...waiting, keptPurchase(purchase, card, told)]);
    },
    send: async (device, track2Of, codec) => {
      for (const kept of waiting) {
        const track2 = track2Of(kept.card);
        if (track2 === undefined) continue;
        let answer: Answer;
        try {
          device.remind(kept.fields['11'] ?? '', kept.told);
          answer = await device.reverse(restored(kept, track2, codec), '68');
        } catch (error) {
          if (error instanceof GatewayError && error.code.startsWith('terminal.')) return; // later
          throw error;
        }
        if (device.isFinal(answer)) save(waiting.filter((each) => each !== kept));
      }
    },
  };
}

function read(disk: Disk): readonly KeptPurchase[] {
  const bytes = disk.read(NAME);
  return bytes === undefined ? [] : (JSON.parse(bytes.toString('utf8')) as KeptPurchase[]);
}
