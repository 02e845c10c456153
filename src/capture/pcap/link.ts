/** Where the IP packet begins in a captured one, by link type. */
const ETHER_IPV4 = 0x0800;
const ETHER_IPV6 = 0x86dd;
/** 802.1Q, 802.1ad, and what switches used before it. */
const VLAN_TAGS = new Set([0x8100, 0x88a8, 0x9100]);
const PPPOE_SESSION = 0x8864;
const MAX_TAGS = 8;

/** @returns the offset of the IP header; undefined: no IP in it; 'unknown': nobody knows this link type here */
export function ipOffset(linkType: number, data: Buffer): number | undefined | 'unknown' {
  switch (linkType) {
    case 1: // Ethernet
      return byEtherType(data, 12);
    case 0: // BSD loopback: the address family, in the byte order of who captured
    case 108: // OpenBSD loopback
      return data.length > 4 ? 4 : undefined;
    case 12:
    case 14:
    case 101: // raw IP
    case 228:
    case 229:
      return 0;
    case 9: // PPP
    case 50:
      return ppp(data, 0);
    case 113: // Linux cooked
      return byEtherType(data, 14);
    case 276: // Linux cooked, version 2
      return data.length >= 20 ? afterTags(data, data.readUInt16BE(0), 20) : undefined;
    case 127: // radiotap before 802.11
      return data.length >= 4 ? wireless(data, data.readUInt16LE(2)) : undefined;
    case 105: // 802.11
      return wireless(data, 0);
    default:
      return 'unknown';
  }
}

function byEtherType(data: Buffer, at: number): number | undefined {
  return data.length >= at + 2 ? afterTags(data, data.readUInt16BE(at), at + 2) : undefined;
}

/** Steps over VLAN tags and PPPoE. */
function afterTags(data: Buffer, etherType: number, start: number): number | undefined {
  let [type, at] = [etherType, start];
  for (let tags = 0; VLAN_TAGS.has(type) && tags < MAX_TAGS && at + 4 <= data.length; tags++) {
    type = data.readUInt16BE(at + 2);
    at += 4;
  }
  if (type === PPPOE_SESSION) return ppp(data, at + 6);
  return type === ETHER_IPV4 || type === ETHER_IPV6 ? at : undefined;
}

function ppp(data: Buffer, start: number): number | undefined {
  const at = data[start] === 0xff && data[start + 1] === 0x03 ? start + 2 : start;
  if (at + 2 > data.length) return undefined;
  const protocol = data.readUInt16BE(at);
  return protocol === 0x0021 || protocol === 0x0057 ? at + 2 : undefined;
}

/** An 802.11 data frame in clear with LLC/SNAP: access points and laptops capture such. */
function wireless(data: Buffer, start: number): number | undefined {
  const [control = 0, flags = 0] = data.subarray(start, start + 2);
  if ((control & 0x0c) !== 0x08 || (flags & 0x40) !== 0) return undefined; // not data, or encrypted
  const bridged = (flags & 0x03) === 0x03 ? 6 : 0;
  const qos = (control & 0x80) === 0 ? 0 : 2;
  return byEtherType(data, start + 24 + bridged + qos + 6);
}
