import type { SimulatedTerminal } from './terminal.ts';

/** Connections opened at once: a gateway's listen queue is finite. */
const OPENING = 64;

/** Opens `count` connections, shared evenly by the signed-on terminals given. They stay open until `close`.
 *  @throws GatewayError `terminal.connect` */
export async function openFleet(
  signedOn: readonly SimulatedTerminal[],
  count: number,
  onOpened: (open: number) => void = () => undefined,
): Promise<{ devices: readonly SimulatedTerminal[]; close(): void }> {
  const devices: SimulatedTerminal[] = [...signedOn].slice(0, count);
  let next = devices.length;
  const opener = async (): Promise<void> => {
    while (next < count) {
      const first = signedOn[next++ % signedOn.length];
      if (first === undefined) return;
      devices.push(await first.another());
      onOpened(devices.length);
    }
  };
  await Promise.all(Array.from({ length: OPENING }, opener));
  return {
    devices,
    close: () => {
      for (const device of devices) device.close();
    },
  };
}
