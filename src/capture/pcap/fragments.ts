import type { IpFragment, IpPacket } from './ip.ts';

/** IP packets that are put together at once, and their bytes: a capture that begins many and ends none takes no more. */
const MOST_PACKETS = 4_096;
const MOST_BYTES = 16 * 1024 * 1024;
/** An identification means another packet after it (RFC 791 3.2, RFC 8200 4.5). */
const LIFETIME_MS = 60_000;
const LONGEST = 65_535;

interface Part {
  readonly from: number;
  readonly data: Buffer;
}

interface Unfinished {
  /** By where they begin; none covers another. */
  readonly parts: Part[];
  /** Fragments that came, also twice. */
  count: number;
  bytes: number;
  /** Where the packet ends, once its last fragment came. */
  end: number | undefined;
  /** Overlapping or cut fragments: nothing is made of them (RFC 5722). */
  isBroken: boolean;
  readonly at: number;
}

/** Puts fragments of IP packets together, whatever order they were captured in. */
export class Fragments {
  readonly #unfinished = new Map<string, Unfinished>();
  #bytes = 0;
  #lost = 0;

  /** Fragments that no packet was made of. */
  get left(): number {
    let sum = this.#lost;
    for (const { count } of this.#unfinished.values()) sum += count;
    return sum;
  }

  /** @param at ms since the epoch
   *  @returns the packet, once this fragment makes it whole */
  join(fragment: IpFragment, at: number): IpPacket | undefined {
    this.#forget(at);
    const packet = this.#unfinished.get(fragment.id) ?? this.#begin(fragment.id, at);
    packet.count++;
    if (!packet.isBroken) this.#put(packet, fragment);
    if (packet.isBroken || packet.end !== packet.bytes) return undefined;
    this.#remove(fragment.id, packet);
    const { source, destination, protocol, version } = fragment;
    const payload = Buffer.concat(packet.parts.map(({ data }) => data));
    return { source, destination, protocol, version, payload, bytes: payload.length };
  }

  #put(packet: Unfinished, { offset, isLast, payload, bytes }: IpFragment): void {
    const end = offset + payload.length;
    const place = placeOf(packet.parts, offset);
    const [before, after] = [packet.parts[place - 1], packet.parts[place]];
    if (after?.from === offset && after.data.equals(payload)) return; // captured twice
    const fits =
      bytes === payload.length && // the capture kept all of it
      end <= LONGEST &&
      (isLast ? payload.length > 0 : payload.length > 0 && payload.length % 8 === 0) &&
      (before === undefined || before.from + before.data.length <= offset) &&
      (after === undefined || (end <= after.from && !isLast)) &&
      (packet.end === undefined || (end <= packet.end && !isLast));
    if (!fits) {
      this.#bytes -= packet.bytes;
      Object.assign(packet, { isBroken: true, bytes: 0 });
      packet.parts.length = 0;
      return;
    }
    packet.parts.splice(place, 0, { from: offset, data: payload });
    packet.bytes += payload.length;
    this.#bytes += payload.length;
    if (isLast) packet.end = end;
  }

  #begin(id: string, at: number): Unfinished {
    const packet: Unfinished = { parts: [], count: 0, bytes: 0, end: undefined, isBroken: false, at };
    this.#unfinished.set(id, packet);
    return packet;
  }

  /** What is too old, or too much: the oldest first. */
  #forget(now: number): void {
    for (const [id, packet] of this.#unfinished) {
      const isOver = this.#unfinished.size >= MOST_PACKETS || this.#bytes >= MOST_BYTES;
      if (!isOver && now - packet.at <= LIFETIME_MS) return;
      this.#remove(id, packet);
      this.#lost += packet.count;
    }
  }

  #remove(id: string, packet: Unfinished): void {
    this.#unfinished.delete(id);
    this.#bytes -= packet.bytes;
  }
}

/** Where a part that begins at `from` stands among the others. */
function placeOf(parts: readonly Part[], from: number): number {
  let [low, high] = [0, parts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((parts[middle]?.from ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
