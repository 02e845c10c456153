import { BlockList, isIP, type Server } from 'node:net';
import { addressGroup } from '../ops/address.ts';

export interface CrowdLimits {
  readonly connections: number;
  /** Of one address. Many phones of one mobile network stand behind one. */
  readonly perAddress: number;
}

/** Bounds the connections of a server. One address alone never takes all of them; a proxy that is trusted may. */
export function limitCrowd(server: Server, { connections, perAddress }: CrowdLimits, proxies: readonly string[]): void {
  const trusted = listOf(proxies);
  const counts = new Map<string, number>();
  server.maxConnections = connections;
  server.on('connection', (socket) => {
    const { remoteAddress = '' } = socket;
    if (isIP(remoteAddress) !== 0 && trusted.check(remoteAddress, isIP(remoteAddress) === 6 ? 'ipv6' : 'ipv4')) return;
    const group = addressGroup(remoteAddress);
    const before = counts.get(group) ?? 0;
    if (before >= perAddress) {
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    counts.set(group, before + 1);
    socket.once('close', () => {
      const left = (counts.get(group) ?? 1) - 1;
      if (left === 0) counts.delete(group);
      else counts.set(group, left);
    });
  });
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const kind = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, kind);
    else list.addSubnet(address, Number(bits), kind);
  }
  return list;
}
