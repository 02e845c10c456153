import { ipPacket, tcpSegment, type Segment } from './ip.ts';
import type { Bytes, Ended, Layer } from './layer.ts';
import { ethernetLayer, linkLayer, mplsLayer, pppLayer, typeLayer } from './link.ts';
import { greLayer, ipProtocolLayer, udpLayer } from './tunnels.ts';

/** Headers in front of TCP: with tunnels in tunnels a dozen; a packet made to go deeper ends here. */
const MAX_LAYERS = 32;

export type Dissected = { readonly kind: 'segment'; readonly segment: Segment } | Ended;

/** The TCP segment of a captured packet, through whatever it was sent in: VLANs, PPPoE, MPLS, GRE, ERSPAN, IP in IP, VXLAN,
 *  Geneve, GTP-U, L2TP, EtherIP. */
export function dissect(linkType: number, data: Buffer): Dissected {
  const first = linkLayer(linkType, data);
  if (first === undefined) return lost(`of link type ${linkType}, which is not known here`);
  let layer = first;
  for (let depth = 0; depth < MAX_LAYERS; depth++) {
    if (layer.kind === 'other' || layer.kind === 'lost') return layer;
    if (layer.kind !== 'ip') {
      layer = behind(layer);
      continue;
    }
    const packet = ipPacket(layer.data);
    if (typeof packet === 'string') return lost(packet);
    if (packet === undefined) return { kind: 'other', why: 'of other protocols than IP' };
    if (packet.protocol === TCP) {
      const segment = tcpSegment(packet);
      return typeof segment === 'string' ? lost(segment) : { kind: 'segment', segment };
    }
    layer = packet.protocol === UDP ? udpLayer(packet.payload) : ipProtocolLayer(packet.protocol, packet.payload);
  }
  return lost(`with more than ${MAX_LAYERS} headers`);
}

const TCP = 6;
const UDP = 17;
function lost(why: string): Ended {
  return { kind: 'lost', why };
}

function behind(layer: Exclude<Layer, Ended | Bytes<'ip'>>): Layer {
  switch (layer.kind) {
    case 'ethernet':
      return ethernetLayer(layer.data);
    case 'type':
      return typeLayer(layer.type, layer.data);
    case 'ppp':
      return pppLayer(layer.data);
    case 'mpls':
      return mplsLayer(layer.data);
    case 'gre':
      return greLayer(layer.data);
  }
}
