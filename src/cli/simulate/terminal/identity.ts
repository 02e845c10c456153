import type { Command } from 'commander';
import { join } from 'node:path';
import type { Codec } from '../../../codec/index.ts';
import { DEMO_TERMINALS, DEMO_TRANSPORT_KEY, demoShop, terminalCertificate } from '../../../demo/index.ts';
import { unitsOf } from '../../../field/money-unit.ts';
import { parsePlace, type Place } from '../../../field/place.ts';
import { unwrapKeyBlock } from '../../../hsm/index.ts';
import { systemClock } from '../../../ops/clock.ts';
import type { Config } from '../../../ops/config.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { demandPrivate } from '../../../ops/secret-file.ts';
import { loadProfiles, NATIVE, Speaker } from '../../../profiles/index.ts';
import {
  deviceUnits,
  readDeviceSettings,
  SimulatedTerminal,
  type DeviceSettings,
  type DeviceUnits,
  type Endpoint,
  type TerminalOptions,
} from '../../../simulators/terminal/index.ts';
import { readText } from '../../files.ts';
import { place, wrongOption } from '../../options.ts';

/** Who the device is: of the demo programme, or another with its own files, named one by one or in the folder of a device. */
export interface IdentityOptions {
  readonly terminal?: string;
  readonly device?: string;
  readonly merchant?: string;
  readonly keyBlock?: string;
  readonly transportKey?: string;
  readonly cert?: string;
  readonly certKey?: string;
  readonly ca?: string;
  readonly to?: Place;
  readonly profile?: string;
  readonly units?: string;
}

export interface Identity {
  readonly options: Omit<TerminalOptions, 'codec' | 'redial' | 'onAnswer' | 'endpoint'> & {
    readonly endpoint: Endpoint;
  };
  readonly settings: DeviceSettings;
  /** It is of the demo programme: cards are named by household. */
  readonly demo: boolean;
  /** Name of the shop for receipts. */
  readonly shop: string | undefined;
}

/** Asks a person for a secret, without showing it. */
export type AskSecret = (question: string) => Promise<string>;

const FIRST_OF_DEMO = '10000001';
const TIMEOUT_MS = 60_000;

/** The options that say which device it is. */
export function withIdentity(command: Command): Command {
  return command
    .option('--terminal <id>', `terminal id, of the demo 10000001 to 10000030 (default: ${FIRST_OF_DEMO})`)
    .option('--device <folder>', 'the folder of a device: device.json with who it is, and its own files')
    .option('--merchant <id>', 'DE 42 of a device that is not of the demo')
    .option('--key-block <file>', 'its master key, as kalabarg keys export gives it')
    .option(
      '--transport-key <file>',
      'the key that the block is under, in hexadecimal, mode 0600 (default: of the demo)',
    )
    .option('--cert <file>', 'its certificate, PEM')
    .option('--cert-key <file>', 'the private key of the certificate, PEM, mode 0600')
    .option('--ca <file>', "who issued the gateway's certificate, PEM (default: tls/ca.crt of the data folder)")
    .option('--profile <name>', 'what it speaks (docs/profiles.md; default: native, the contract itself)')
    .option(
      '--units <file>',
      'rules of settlement, for the unit of money that its profile says on which day (default: rials)',
    )
    .option('--to <host:port>', 'where the gateway is (default: of the settings)', place('--to'));
}

/** @throws GatewayError `option.invalid`, `device.settings`, `file.unreadable`, `file.not-private`, HsmError `keyblock.mac` */
export async function identityOf(given: IdentityOptions, config: Config, secret: AskSecret): Promise<Identity> {
  const settings = settingsOf(given);
  const profile = given.profile ?? settings.profile;
  const demo = demoDevice(settings);
  const own = demo === undefined ? await ownDevice(settings, secret) : { ...demo, merchant: settings.merchant ?? demo.merchant }; // prettier-ignore
  const files = certificateOf(settings, config, demo !== undefined);
  const { host, port } = gatewayPlace(given, settings, config);
  return {
    settings: { ...settings, merchant: own.merchant, ...(profile === undefined ? {} : { profile }) },
    demo: demo !== undefined,
    shop: settings.shop ?? (demo === undefined ? undefined : demoShop(own.merchant)),
    options: {
      ...own,
      endpoint: { host, port, tls: { ca: settings.ca ?? join(config.data, 'tls', 'ca.crt'), ...files } },
      clock: systemClock,
      timeoutMs: TIMEOUT_MS,
      // Another run within the day must not repeat a STAN of this second: 20 a second outrun any hand.
      firstStan: (Math.floor(systemClock.now() / 50) % 999_000) + 1,
      speaker: speakerOf(profile, config),
      units: settings.units === undefined ? undefined : await unitsIn(settings.units, profile ?? NATIVE),
    },
  };
}

/** @returns undefined: the contract itself */
function speakerOf(name: string | undefined, config: Config): Speaker | undefined {
  if (name === undefined || name === NATIVE) return undefined;
  const profiles = loadProfiles(config.profiles);
  const [profile, native] = [profiles.get(name), profiles.get(NATIVE)];
  if (profile === undefined || native === undefined)
    throw wrongOption(`--profile ${name}`, `one of ${[...profiles.keys()].join(', ')}`);
  return new Speaker(profile, native);
}

/** What the rules of settlement say of its profile, as a device has it among its parameters before the day. */
async function unitsIn(file: string, profile: string): Promise<DeviceUnits> {
  const { parseRulesFile } = await import('../../../settlement/rules/index.ts');
  const { units = [], terminalUnits = [] } = parseRulesFile(readText(file));
  return deviceUnits(unitsOf({ units, terminalUnits }), profile);
}

/** The device's file, and over it what the command line says. */
function settingsOf(given: IdentityOptions): DeviceSettings {
  const { device, terminal, merchant, keyBlock, transportKey, cert, certKey, ca, units } = given;
  const file = device === undefined ? undefined : readDeviceSettings(device);
  if (device !== undefined && file === undefined && terminal === undefined)
    throw wrongOption(
      `--device ${device}`,
      'a folder with a device.json in it, or --terminal of the demo programme too',
    );
  if (file !== undefined && terminal !== undefined && terminal !== file.terminal)
    throw wrongOption(`--terminal ${terminal}`, `none: the folder is that of terminal ${file.terminal}`);
  const said = Object.fromEntries(
    Object.entries({ merchant, keyBlock, transportKey, cert, certKey, ca, units }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return { terminal: terminal ?? FIRST_OF_DEMO, ...file, ...said };
}

/** @returns undefined: it has a merchant or a key of its own */
function demoDevice(settings: DeviceSettings): (typeof DEMO_TERMINALS)[number] | undefined {
  const { merchant, keyBlock, transportKey, masterKey, cert, certKey, terminal } = settings;
  if ([keyBlock, transportKey, masterKey, cert, certKey].some((each) => each !== undefined)) return undefined;
  const known = DEMO_TERMINALS.find((each) => each.terminal === terminal);
  if (known !== undefined && (merchant === undefined || merchant === known.merchant)) return known;
  throw wrongOption(
    `--terminal ${terminal}`,
    'a terminal of the demo programme, 10000001 to 10000030, or --device, or --merchant, --key-block, --cert and --cert-key too',
  );
}

function certificateOf(settings: DeviceSettings, config: Config, demo: boolean): { cert: string; key: string } {
  const known = terminalCertificate(config.data, settings.terminal);
  const { cert = known.cert, certKey = known.key } = settings;
  if (!demo) {
    for (const file of [cert, certKey]) readText(file);
    demandPrivate(certKey);
  }
  return { cert, key: certKey };
}

type OwnKeys = Pick<TerminalOptions, 'terminal' | 'merchant' | 'algorithm' | 'tmk'>;

async function ownDevice(settings: DeviceSettings, secret: AskSecret): Promise<OwnKeys> {
  const { terminal, merchant, keyBlock, transportKey, masterKey, cert, certKey } = settings;
  if (merchant === undefined || cert === undefined || certKey === undefined)
    throw wrongOption('--merchant, --cert, --cert-key', 'all three of them: a device needs each');
  // all of them before anything is made of one: which file cannot be read is told by its name
  const read = (file: string | undefined): string | undefined =>
    file === undefined ? undefined : readText(file).trim();
  const [block, under, hex] = [read(keyBlock), read(transportKey), read(masterKey)];
  for (const file of [cert, certKey]) readText(file);
  for (const file of [transportKey, masterKey]) if (file !== undefined) demandPrivate(file);
  if (block !== undefined) {
    const { key: tmk, header } = unwrapKeyBlock(block, under === undefined ? DEMO_TRANSPORT_KEY : keyOf(under));
    return { terminal, merchant, algorithm: header.algorithm === 'A' ? 'AES' : 'TDES', tmk };
  }
  const typed = hex ?? (await secret(`Master key of terminal ${terminal}, hexadecimal (not shown): `));
  return { terminal, merchant, algorithm: settings.algorithm ?? 'TDES', tmk: keyOf(typed) };
}

function keyOf(hex: string): Buffer {
  const key = Buffer.from(hex, 'hex');
  if (/^[0-9a-f]+$/i.test(hex) && [16, 24, 32].includes(key.length)) return key;
  throw new GatewayError('terminal.keys', 'A key must be 16, 24 or 32 bytes as hexadecimal digits.');
}

/** A gateway that listens everywhere is called on this machine. */
function gatewayPlace({ to }: IdentityOptions, { gateway }: DeviceSettings, config: Config): Place {
  if (to !== undefined) return to;
  if (gateway !== undefined) {
    const found = parsePlace(gateway, config.terminalPort);
    if (found === undefined) throw new GatewayError('device.settings', `gateway ${gateway} is not host:port.`);
    return found;
  }
  const everywhere = config.host === '0.0.0.0' || config.host === '::';
  return { host: everywhere ? 'localhost' : config.host, port: config.terminalPort };
}

/** @throws GatewayError `terminal.connect`, `terminal.keys`, `terminal.certificate` */
export async function signedOn(
  { options }: Identity,
  codec: Codec,
  onAnswer?: TerminalOptions['onAnswer'],
): Promise<SimulatedTerminal> {
  const device = await SimulatedTerminal.connect({
    ...options,
    codec,
    redial: true,
    ...(onAnswer === undefined ? {} : { onAnswer }),
  });
  try {
    await device.signOn();
  } catch (error) {
    device.close();
    throw error;
  }
  return device;
}
