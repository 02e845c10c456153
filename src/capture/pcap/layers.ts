import type { Fragments } from './fragments.ts';
import { ipPacket, pastHeaders, tcpSegment, type Segment } from './ip.ts';
import type { Bytes, Ended, Layer } from './layer.ts';
import { ethernetLayer, linkLayer, mplsLayer, pppLayer, typeLayer } from './link.ts';
import { greLayer, ipProtocolLayer, udpLayer } from './tunnels.ts';

/** Headers in front of TCP: with tunnels in tunnels a dozen; a packet made to go deeper ends here. */
const MAX_LAYERS = 32;

/** `part`: a fragment whose others are still to come. */
export type Dissected = { readonly kind: 'segment'; readonly segment: Segment } | { readonly kind: 'part' } | Ended;

/** The TCP segment of a captured packet, through whatever it was sent in: VLANs, PPPoE, MPLS, GRE, ERSPAN, IP in IP, VXLAN,
 *  Geneve, GTP-U, L2TP, EtherIP.
 *  @param at ms since the epoch
 *  @param fragments of the capture so far */
export function dissect(linkType: number, data: Buffer, at: number, fragments: Fragments): Dissected {
  const first = linkLayer(linkType, data);
  if (first === undefined) return lost(`of link type ${linkType}, which is not known here`);
  let layer = first;
  for (let depth = 0; depth < MAX_LAYERS; depth++) {
    if (layer.kind === 'other' || layer.kind === 'lost') return layer;
    if (layer.kind !== 'ip') {
      layer = behind(layer);
      continue;
    }
    const found = ipPacket(layer.data);
    if (typeof found === 'string') return lost(found);
    const joined = found !== undefined && 'id' in found ? fragments.join(found, at) : undefined;
    if (found !== undefined && 'id' in found && joined === undefined) return { kind: 'part' };
    const packet = joined === undefined ? found : pastHeaders(joined);
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
