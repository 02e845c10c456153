import { join } from 'node:path';
import {
  CASES,
  fileStore,
  Host,
  openRig,
  reportOf,
  RIG_PATIENCE_MS,
  runCases,
  type Capability,
  type Case,
  type DeviceKeys,
  type Hand,
  type Result,
  type Subject,
} from '../../certification/index.ts';
import { DEMO_PIN, DEMO_TERMINALS, demoPan, demoTrack2, terminalCertificate } from '../../demo/index.ts';
import { unwrapKeyBlock } from '../../hsm/index.ts';
import { systemClock } from '../../ops/clock.ts';
import { loadConfig, type Config } from '../../ops/config.ts';
import { systemRandom } from '../../ops/random.ts';
import { readSecretFile } from '../../ops/secret-file.ts';
import { readTls, type TlsTexts } from '../../ops/tls-files.ts';
import { VERSION } from '../../ops/version.ts';
import { loadProfile, loadProfiles, type LoadedProfile } from '../../profiles/index.ts';
import type { TillFault } from '../../simulators/terminal/index.ts';
import { demandWritable, readText } from '../files.ts';
import { wrongOption } from '../options.ts';
import { print, tell } from '../print.ts';
import { summary, type RunCommand } from './words.ts';
import { personHand } from './person.ts';

interface Chosen extends RunCommand {
  readonly faults: readonly TillFault[];
  readonly capabilities: readonly Capability[];
  readonly only: readonly string[];
}

/** A household's card of the demo: the simulated device has no other. */
const HOUSEHOLD = 7;

export async function performRun(options: Chosen): Promise<void> {
  const config = loadConfig();
  const profile = profileNamed(options.profile, config);
  if (options.against !== undefined) {
    const { certifyGateway } = await import('./against.ts');
    await certifyGateway(options, options.against, config);
    return;
  }
  const device = deviceOf(options);
  demandWritable(options.state); // not found out after an hour at the device
  const tls = gatewayTls(config);
  const store = fileStore(options.state);
  const subject: Subject = {
    vendor: options.vendor,
    model: options.model,
    software: options.software,
    profile: profile.file.name,
    terminal: device.terminal,
    capabilities: options.capabilities,
  };
  const cases = options.only.length === 0 ? CASES : CASES.filter(({ id }) => options.only.includes(id));
  const onCase = (one: Case, { verdict, findings }: Result, done: number, all: number): void => {
    const why = findings.map(({ fault, why: seen }) => `\n      ${fault}: ${seen}`).join('');
    tell(
      options,
      `${String(done).padStart(3)}/${all}  ${verdict.padEnd(14)} ${one.id.padEnd(34)} ${one.title.en}${why}`,
    );
  };
  const work = { subject, cases, store, again: new Set(options.only), name: systemRandom.uuid(), onCase };
  const finished =
    options.simulated === true
      ? await simulated(work, { options, device, profile, tls, config })
      : await listening(work, { options, device, profile, tls, config });
  const state = store.read();
  if (state === undefined) return;
  const { verdict, counts, faults } = reportOf(state, CASES, VERSION);
  if (verdict === 'failed') process.exitCode = 2;
  print(options, { verdict, finished, counts, faults, state: options.state }, () =>
    [
      summary(reportOf(state, CASES, VERSION)),
      finished
        ? `The report: kalabarg certify report --state ${options.state} --sign-key <key> --out <folder>`
        : `Kept in ${options.state}: the same command goes on from here.`,
    ].join('\n'),
  );
}

interface Setting {
  readonly options: Chosen;
  readonly device: DeviceKeys;
  readonly profile: LoadedProfile;
  readonly tls: TlsTexts;
  readonly config: Config;
}
type Work = Pick<Parameters<typeof runCases>[0], 'subject' | 'cases' | 'store' | 'again' | 'name' | 'onCase'>;

async function simulated(work: Work, { options, device, profile, tls, config }: Setting): Promise<boolean> {
  const rig = await openRig({
    profile,
    device,
    card: { pan: demoPan(HOUSEHOLD), track2: demoTrack2(HOUSEHOLD), pin: DEMO_PIN },
    tls,
    deviceTls: { ca: join(config.data, 'tls', 'ca.crt'), ...terminalCertificate(config.data, device.terminal) },
    random: systemRandom,
    startMs: systemClock.now(),
    faults: new Set(options.faults),
    confirms: options.capabilities.includes('confirm'),
  });
  try {
    const { host, hand, clock } = rig;
    return (await runCases({ ...work, host, hand, clock, pin: DEMO_PIN, patienceMs: RIG_PATIENCE_MS })).finished;
  } finally {
    await rig.close();
  }
}

/** A person at a real device. */
async function listening(work: Work, { options, device, profile, tls, config }: Setting): Promise<boolean> {
  const { host: address, port } = options.listen ?? { host: '127.0.0.1', port: config.terminalPort };
  const hand: Hand & { close(): void; note(text: string): void } = personHand(options.language);
  const host = new Host({
    profile,
    device,
    clock: systemClock,
    random: systemRandom,
    listen: {
      host: address,
      port,
      framing: { header: 'binary2', tpdu: config.tpdu, maxBytes: config.maxFrameBytes },
    },
    tls,
    deviceTimeoutMs: options.deviceTimeout,
    pin: options.pin,
    onSeen: (what) => {
      hand.note(
        typeof what === 'string' ? what : `${what.message.mti} ${what.kind} STAN ${what.message.get(11) ?? ''}`,
      );
    },
  });
  const opened = await host.open();
  try {
    tell(
      options,
      `The gateway side listens on ${address}:${opened} for terminal ${device.terminal}. Ctrl-D leaves; what is done is kept.`,
    );
    const { finished } = await runCases({ ...work, host, hand, clock: systemClock, pin: options.pin });
    return finished;
  } finally {
    hand.close();
    await host.close();
  }
}

/** A profile of this gateway by its name, or in a file.
 *  @throws GatewayError `option.invalid`, `terminal-profile.invalid` */
function profileNamed(name: string, config: Config): LoadedProfile {
  if (name.endsWith('.json')) return loadProfile(name);
  const profiles = loadProfiles(config.profiles);
  const found = profiles.get(name);
  if (found === undefined) throw wrongOption(`--profile ${name}`, [...profiles.keys()].join(', '));
  return found;
}

/** The device's identity and master key: of the demo, or of a laboratory's device by a key block. Nothing is made up.
 *  @throws GatewayError `option.invalid`, `file.unreadable`, `file.not-private`, HsmError `keyblock.mac` */
export function deviceOf({ terminal, merchant, keyBlock, transportKey }: RunCommand): DeviceKeys {
  if (keyBlock === undefined && merchant === undefined) {
    const known = DEMO_TERMINALS.find((each) => each.terminal === terminal);
    if (known !== undefined) return known;
  }
  if (merchant === undefined || keyBlock === undefined || transportKey === undefined)
    throw wrongOption(
      `--terminal ${terminal}`,
      'a terminal of the demo programme, or --merchant, --key-block and --transport-key too',
    );
  const block = readText(keyBlock).trim();
  const under = Buffer.from(readSecretFile(transportKey), 'hex');
  if (![16, 24, 32].includes(under.length))
    throw wrongOption(`--transport-key ${transportKey}`, 'a file with 16, 24 or 32 bytes as hexadecimal digits');
  const { key: tmk, header } = unwrapKeyBlock(block, under);
  return { terminal, merchant, algorithm: header.algorithm === 'A' ? 'AES' : 'TDES', tmk };
}

function gatewayTls(config: Config): TlsTexts {
  const folder = join(config.data, 'tls');
  const server = { cert: join(folder, 'server.crt'), key: join(folder, 'server.key') };
  return readTls({ ca: join(folder, 'ca.crt'), server }, systemClock.now());
}
