import type { Layer } from './layer.ts';

const NOT_TCP: Layer = { kind: 'other', why: 'without TCP' };
const SHORT: Layer = { kind: 'lost', why: 'cut off inside the header of a tunnel' };
const ERSPAN_2 = 0x88be;
const ERSPAN_3 = 0x22eb;

/** Behind an IP header, by its protocol number. */
export function ipProtocolLayer(protocol: number, data: Buffer): Layer {
  switch (protocol) {
    case 4: // IP in IP (RFC 2003), 6in4 (RFC 4213)
    case 41:
      return { kind: 'ip', data };
    case 47:
      return { kind: 'gre', data };
    case 97: // EtherIP (RFC 3378)
      return { kind: 'ethernet', data: data.subarray(2) };
    case 137: // MPLS in IP (RFC 4023)
      return { kind: 'mpls', data };
    case 50:
      return { kind: 'lost', why: 'in ESP (IPsec), which is encrypted' };
    case 115:
      return { kind: 'lost', why: 'in L2TPv3, which is not read through' };
    default:
      return NOT_TCP;
  }
}

/** GRE (RFC 2784, 2890), as PPTP has it (RFC 2637), and mirrored ports in it (ERSPAN). */
export function greLayer(data: Buffer): Layer {
  if (data.length < 4) return SHORT;
  const [flags, type] = [data.readUInt16BE(0), data.readUInt16BE(2)];
  const words = (mask: number): number => ((flags & mask) === 0 ? 0 : 4);
  const version = flags & 7;
  if (version > 1) return { kind: 'lost', why: `in GRE of version ${version}, which is not read through` };
  if (version === 1) {
    const at = 8 + words(0x1000) + words(0x0080);
    return data.length === at ? NOT_TCP : { kind: 'ppp', data: data.subarray(at) };
  }
  const sequence = words(0x1000);
  const rest = data.subarray(4 + ((flags & 0xc000) === 0 ? 0 : 4) + words(0x2000) + sequence);
  if (type === ERSPAN_2) return { kind: 'ethernet', data: rest.subarray(sequence === 0 ? 0 : 8) };
  if (type === ERSPAN_3) {
    const optional = ((rest[11] ?? 0) & 1) === 0 ? 0 : 8;
    return { kind: 'ethernet', data: rest.subarray(12 + optional) };
  }
  return { kind: 'type', type, data: rest };
}

/** Tunnels in UDP, by its ports. */
export function udpLayer(data: Buffer): Layer {
  if (data.length < 8) return NOT_TCP;
  const ports = [data.readUInt16BE(2), data.readUInt16BE(0)];
  const body = data.subarray(8);
  for (const port of ports) {
    const found = tunnelAt(port, body);
    if (found !== undefined) return found;
  }
  return NOT_TCP;
}

function tunnelAt(port: number, body: Buffer): Layer | undefined {
  switch (port) {
    case 4789: // VXLAN (RFC 7348); Linux used 8472 before
    case 8472:
      return vxlan(body);
    case 4790:
      return vxlanGpe(body);
    case 6081: // Geneve (RFC 8926)
      return geneve(body);
    case 2152:
      return gtp(body);
    case 1701:
      return l2tp(body);
    case 4754: // GRE in UDP (RFC 8086)
      return { kind: 'gre', data: body };
    case 6635: // MPLS in UDP (RFC 7510)
      return { kind: 'mpls', data: body };
    case 4500:
      return { kind: 'lost', why: 'in ESP (IPsec), which is encrypted' };
    case 37_008: // TZSP, of wireless mirrors
      return { kind: 'lost', why: 'in TZSP, which is not read through' };
    default:
      return undefined;
  }
}

function vxlan(body: Buffer): Layer {
  if (body.length < 8) return SHORT;
  return ((body[0] ?? 0) & 0x08) === 0 ? NOT_TCP : { kind: 'ethernet', data: body.subarray(8) };
}

function vxlanGpe(body: Buffer): Layer {
  if (body.length < 8) return SHORT;
  const next = body[3] ?? 0;
  const data = body.subarray(8);
  if (next === 1 || next === 2) return { kind: 'ip', data };
  if (next === 3) return { kind: 'ethernet', data };
  return next === 5 ? { kind: 'mpls', data } : NOT_TCP;
}

function geneve(body: Buffer): Layer {
  if (body.length < 8) return SHORT;
  const data = body.subarray(8 + ((body[0] ?? 0) & 0x3f) * 4);
  return { kind: 'type', type: body.readUInt16BE(2), data };
}

/** GTP-U of mobile networks (3GPP TS 29.281 5.1): a message of user data, whose extension headers are stepped over. */
function gtp(body: Buffer): Layer {
  if (body.length < 8) return SHORT;
  const flags = body[0] ?? 0;
  if (flags >> 5 !== 1 || body[1] !== 255) return NOT_TCP;
  let at = 8;
  if ((flags & 7) !== 0) {
    let next = (flags & 4) === 0 ? 0 : (body[11] ?? 0);
    at = 12;
    while (next !== 0) {
      const size = (body[at] ?? 0) * 4;
      if (size === 0 || at + size > body.length) return SHORT;
      next = body[at + size - 1] ?? 0;
      at += size;
    }
  }
  return { kind: 'ip', data: body.subarray(at) };
}

/** L2TP version 2 (RFC 2661 3.1): data messages hold PPP. */
function l2tp(body: Buffer): Layer {
  if (body.length < 6) return SHORT;
  const flags = body.readUInt16BE(0);
  if ((flags & 0x8000) !== 0 || (flags & 0xf) !== 2) return NOT_TCP;
  let at = 6 + ((flags & 0x4000) === 0 ? 0 : 2) + ((flags & 0x0800) === 0 ? 0 : 4);
  if ((flags & 0x0200) !== 0) {
    if (at + 2 > body.length) return SHORT;
    at += 2 + body.readUInt16BE(at);
  }
  return { kind: 'ppp', data: body.subarray(at) };
}
