import type { Parts } from '../ops/parts.ts';
import type { Pos } from '../pos/index.ts';
import type { GatewayOptions } from './options.ts';
import type { TerminalSide } from './terminals.ts';

/** The drawn devices of `/pos`, which call the terminal port of this gateway. Of the demo alone: elsewhere nobody's device stands in a
 *  browser.
 *  @param terminals undefined: none are served here */
export async function posSide(
  options: GatewayOptions,
  terminals: Pick<TerminalSide, 'port' | 'units'> | undefined,
  parts: Parts,
): Promise<Pos | undefined> {
  const { demo, config, certificates, clock, random, logging } = options;
  if (!demo || certificates === undefined || terminals === undefined) return undefined;
  const { openPos } = await import('../pos/index.ts');
  const { port, units } = terminals;
  // the demo's certificate is of localhost and of 127.0.0.1
  const host = ['0.0.0.0', '::', '::1'].includes(config.host) ? 'localhost' : config.host;
  const { ca } = certificates;
  const log = logging.log.child({ part: 'pos' });
  return parts.up(
    'drawn devices',
    () => openPos({ host, port, ca, units, dataDir: config.data, clock, random, log }),
    (opened) => opened.close(),
  );
}
