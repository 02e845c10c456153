import { parsePlace, placeText, type Place } from '../field/place.ts';
import type { Config } from '../ops/config.ts';
import { settingName } from '../ops/config.ts';
import { GatewayError } from '../ops/errors.ts';
import type { ReplayDoor } from '../console/index.ts';

/** Where the console plays recordings, and how: at the demo's own terminals, elsewhere at the test gateway that the settings name. A gateway
 *  that serves real cards never plays against itself (decision 83). */

const ANSWER_MS = 5_000;
/** Of a whole run: somebody waits for it. */
const RUN_MS = 12_000;

/** @returns undefined: recordings are not played from here
 *  @throws GatewayError `config.invalid` for a place that is none, or this gateway's own */
export function replayDoor(config: Config, demo: boolean): ReplayDoor | undefined {
  const target = demo ? ownPlace(config) : testPlace(config);
  if (target === undefined) return undefined;
  const data = demo || config.replayData === '' ? config.data : config.replayData;
  return {
    to: placeText(target),
    play: async (file, frames) => {
      const { replayCapture } = await import('../replay/index.ts'); // simulators come with it
      const options = { to: { ...target, data }, timeoutMs: ANSWER_MS, withinMs: RUN_MS, profiles: config.profiles };
      return replayCapture(file, { frames, notes: [] }, options);
    },
  };
} // prettier-ignore

function ownPlace({ host, terminalPort: port }: Config): Place {
  // the demo's certificate is of localhost and of 127.0.0.1
  return { host: ['0.0.0.0', '::', '::1'].includes(host) ? 'localhost' : host, port };
}

function testPlace(config: Config): Place | undefined {
  const { replayTo } = config;
  if (replayTo === '') return undefined;
  const place = parsePlace(replayTo);
  const name = settingName('replayTo');
  if (place === undefined)
    throw new GatewayError('config.invalid', `${name} is ${replayTo}: write it as host:port, such as test-gateway:8583.`);
  const own = ['localhost', '127.0.0.1', '::1', config.host].includes(place.host) && place.port === config.terminalPort;
  if (own)
    throw new GatewayError('config.invalid', `${name} is this gateway’s own port of terminals: recordings are played against a test gateway.`);
  return place;
} // prettier-ignore
