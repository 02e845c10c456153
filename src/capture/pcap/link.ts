import type { Layer } from './layer.ts';

/** IEEE 802 numbers of protocols, where their headers begin is known. */
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
/** 802.1Q, 802.1ad, and what switches used before them. */
const VLAN_TAGS = new Set([0x8100, 0x88a8, 0x9100, 0x9200]);
const MPLS = new Set([0x8847, 0x8848]);
const PPPOE_SESSION = 0x8864;
const PPP = 0x880b;
const BRIDGED = 0x6558;
const PROVIDER_BRIDGE = 0x88e7;
const MACSEC = 0x88e5;
const LINKED = new Set([IPV4, IPV6, PPPOE_SESSION, ...VLAN_TAGS, ...MPLS]);
/** Below it, a length of 802.3 (IEEE 802.3 3.2.6): LLC follows. */
const LEAST_TYPE = 0x0600;

/** What stands at the beginning of a captured packet, by link type (tcpdump.org/linktypes.html).
 *  @returns undefined: nobody knows this link type here */
export function linkLayer(linkType: number, data: Buffer): Layer | undefined {
  switch (linkType) {
    case 1: // Ethernet
      return { kind: 'ethernet', data };
    case 0: // BSD loopback: the address family, in the byte order of who captured
    case 108: // OpenBSD loopback
      return { kind: 'ip', data: data.subarray(4) };
    case 12: // raw IP, by the numbers of several systems
    case 14:
    case 101:
    case 228:
    case 229:
      return { kind: 'ip', data };
    case 9: // PPP
    case 50:
      return { kind: 'ppp', data };
    case 51: // PPPoE
      return { kind: 'ppp', data: data.subarray(6) };
    case 166: // PPP behind a byte of direction
    case 204:
      return { kind: 'ppp', data: data.subarray(1) };
    case 104: // Cisco HDLC
      return typed(data, 2);
    case 205: // the same behind a byte of direction
      return typed(data, 3);
    case 113: // Linux cooked
      return typed(data, 14);
    case 276: // Linux cooked, version 2
      return data.length < 20 ? SHORT : { kind: 'type', type: data.readUInt16BE(0), data: data.subarray(20) };
    case 219: // MPLS
      return { kind: 'mpls', data };
    case 239: // NFLOG
      return nflog(data);
    case 109: // OpenBSD enc: family, SPI, flags
      return { kind: 'ip', data: data.subarray(12) };
    case 117: // pflog: its length, filled to words
      return { kind: 'ip', data: data.subarray(((data[0] ?? 0) + 3) & ~3) };
    case 240: // netANALYZER
      return { kind: 'ethernet', data: data.subarray(4) };
    case 274: // Ethernet with its preamble
      return { kind: 'ethernet', data: data.subarray(8) };
    case 127: // radiotap before 802.11
      return data.length < 4 ? SHORT : wireless(data, data.readUInt16LE(2));
    case 192: // PPI: its length, and the link type of what is behind it
      return data.length < 8
        ? SHORT
        : linkLayer(data.readUInt32LE(4), data.subarray(Math.max(8, data.readUInt16LE(2))));
    case 119: // Prism before 802.11
      return wireless(data, 144);
    case 105: // 802.11
      return wireless(data, 0);
    default:
      return undefined;
  }
}

const SHORT: Layer = { kind: 'lost', why: 'cut off inside their link header' };

function typed(data: Buffer, at: number): Layer {
  return data.length < at + 2 ? SHORT : { kind: 'type', type: data.readUInt16BE(at), data: data.subarray(at + 2) };
}

/** Behind the addresses of an Ethernet frame. */
export function ethernetLayer(data: Buffer): Layer {
  return typed(data, 12);
}

/** Behind a number of a protocol. */
export function typeLayer(type: number, data: Buffer): Layer {
  if (type === IPV4 || type === IPV6) return { kind: 'ip', data };
  if (VLAN_TAGS.has(type)) return typed(data, 2);
  if (MPLS.has(type)) return { kind: 'mpls', data };
  if (type === PPPOE_SESSION) return { kind: 'ppp', data: data.subarray(6) };
  if (type === PPP) return { kind: 'ppp', data };
  if (type === BRIDGED) return { kind: 'ethernet', data };
  if (type === PROVIDER_BRIDGE) return { kind: 'ethernet', data: data.subarray(4) };
  if (type === MACSEC) return { kind: 'lost', why: 'in MACsec, which is not read through' };
  if (type < LEAST_TYPE) return snap(data);
  return { kind: 'other', why: 'of other protocols than IP' };
}

/** LLC with SNAP (IEEE 802 10.3): a number of a protocol again. */
function snap(data: Buffer): Layer {
  const is = data.length >= 8 && data[0] === 0xaa && data[1] === 0xaa && data[2] === 0x03;
  return is ? typed(data, 6) : { kind: 'other', why: 'of other protocols than IP' };
}

/** PPP (RFC 1661): its address and control may be left out, and the first byte of its protocol too. */
export function pppLayer(data: Buffer): Layer {
  const at = data[0] === 0xff && data[1] === 0x03 ? 2 : 0;
  const first = data[at] ?? 0;
  const short = (first & 1) === 1;
  if (data.length < at + 2) return SHORT;
  const protocol = short ? first : data.readUInt16BE(at);
  const rest = data.subarray(at + (short ? 1 : 2));
  if (protocol === 0x0021 || protocol === 0x0057) return { kind: 'ip', data: rest };
  if (protocol === 0x0281 || protocol === 0x0283) return { kind: 'mpls', data: rest };
  return { kind: 'other', why: 'of other protocols than IP' };
}

/** MPLS labels (RFC 3032), and behind the last of them IP, or Ethernet with or without a control word (RFC 4448). */
export function mplsLayer(data: Buffer): Layer {
  let at = 0;
  while (at + 4 <= data.length && ((data[at + 2] ?? 0) & 1) === 0) at += 4;
  const rest = data.subarray(at + 4);
  const version = (rest[0] ?? 0) >> 4;
  if (version === 4 || version === 6) return { kind: 'ip', data: rest };
  const known = (at: number): boolean => rest.length >= at + 2 && LINKED.has(rest.readUInt16BE(at));
  const controlled = version === 0 && known(16) && !known(12);
  return { kind: 'ethernet', data: controlled ? rest.subarray(4) : rest };
}

/** NFLOG: values with lengths and types in the byte order of who captured; number 9 is the packet. */
function nflog(data: Buffer): Layer {
  for (const little of [true, false]) {
    const word = (at: number): number => (little ? data.readUInt16LE(at) : data.readUInt16BE(at));
    for (let at = 4; at + 4 <= data.length;) {
      const length = word(at);
      if (length < 4 || at + length > data.length) break;
      if ((word(at + 2) & 0x7fff) === 9) return { kind: 'ip', data: data.subarray(at + 4, at + length) };
      at += (length + 3) & ~3;
    }
  }
  return { kind: 'other', why: 'of other protocols than IP' };
}

/** An 802.11 data frame in clear with LLC/SNAP: access points and laptops capture such. */
function wireless(data: Buffer, start: number): Layer {
  const [control = 0, flags = 0] = data.subarray(start, start + 2);
  if ((control & 0x0c) !== 0x08) return { kind: 'other', why: 'of other protocols than IP' };
  if ((flags & 0x40) !== 0) return { kind: 'lost', why: 'of 802.11 that is encrypted' };
  const bridged = (flags & 0x03) === 0x03 ? 6 : 0;
  const qos = (control & 0x80) === 0 ? 0 : 2;
  return typed(data, start + 24 + bridged + qos + 6);
}
