import { certifyGateway as lookAt } from '../../certification/index.ts';
import { compile, loadSpec } from '../../codec/index.ts';
import type { Place } from '../../field/place.ts';
import { systemClock } from '../../ops/clock.ts';
import type { Config } from '../../ops/config.ts';
import { SimulatedTerminal } from '../../simulators/terminal/index.ts';
import { wrongOption } from '../options.ts';
import { howMany, print, tell } from '../print.ts';
import { demoCard } from '../simulate/terminal/cards.ts';
import { identityOf } from '../simulate/terminal/identity.ts';
import type { RunCommand } from './words.ts';

/** Whose card buys: the demo's. */
const HOUSEHOLD = 7;

/** A gateway that is to be certified, seen from a terminal. It must be a test system: its books are written.
 *  @throws GatewayError `option.invalid`, `terminal.connect`, `terminal.keys` */
export async function certifyGateway(options: RunCommand, at: Place, config: Config): Promise<void> {
  const { terminal, profile } = options;
  const identity = await identityOf({ terminal, profile, to: at }, config, () => Promise.resolve(''));
  if (!identity.demo)
    throw wrongOption(`--terminal ${terminal}`, 'a terminal of the demo programme, which a test system has');
  const device = await SimulatedTerminal.connect({
    ...identity.options,
    codec: compile(loadSpec('kalabarg-pos')),
    timeoutMs: options.deviceTimeout,
    redial: true,
  });
  try {
    const results = await lookAt(
      { device, card: demoCard(HOUSEHOLD), clock: systemClock },
      ({ id, title, verdict, findings }) => {
        const why = findings.map(({ fault, why: seen }) => `\n      ${fault}: ${seen}`).join('');
        tell(options, `${verdict.padEnd(8)} ${id.padEnd(28)} ${title.en}${why}`);
      },
    );
    const failed = results.filter(({ verdict }) => verdict === 'failed');
    if (failed.length > 0) process.exitCode = 2;
    const faults = failed.flatMap(({ findings }) => findings.map(({ fault }) => fault));
    print(options, { verdict: failed.length === 0 ? 'passed' : 'failed', results }, () =>
      failed.length === 0
        ? `The gateway passes: ${howMany(results.length, 'case')}.`
        : `The gateway fails ${failed.length} of ${howMany(results.length, 'case')}: ${[...new Set(faults)].join(', ')}`,
    );
  } finally {
    device.close();
  }
}
