/** A captured packet as the file holds it. */
export interface Packet {
  /** Milliseconds since the epoch, with fractions. */
  readonly at: number;
  /** LINKTYPE_ number (tcpdump.org/linktypes.html). */
  readonly linkType: number;
  /** A view of the file: it may be shorter than what was on the wire. */
  readonly data: Buffer;
}

/** No link carries more in one packet; offloading makes at most 64 KiB of it. */
export const MAX_PACKET_BYTES = 1 << 18;
