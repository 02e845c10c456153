import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CAPABILITY_NAMES, openRig, type Rig, type Subject } from '../../src/certification/index.ts';
import { DEMO_PIN, DEMO_TERMINALS, demoPan, demoTrack2, terminalCertificate } from '../../src/demo/index.ts';
import { ensureCertificates } from '../../src/demo/machine/certificates.ts';
import { systemRandom } from '../../src/ops/random.ts';
import { loadProfile } from '../../src/profiles/index.ts';
import type { TillFault } from '../../src/simulators/terminal/index.ts';

export const SUBJECT: Subject = {
  vendor: 'Example',
  model: 'N-910',
  software: '1.4.0',
  profile: 'native',
  terminal: DEMO_TERMINALS[0]!.terminal,
  capabilities: CAPABILITY_NAMES,
};

export interface RigSetting {
  readonly faults?: readonly TillFault[];
  readonly confirms?: boolean;
  readonly device?: (typeof DEMO_TERMINALS)[number];
  /** Whose certificate the device shows. */
  readonly certificateOf?: string;
  /** What it speaks. */
  readonly profile?: string;
}

/** A simulated till and the gateway side, with certificates in `folder`. */
export async function rigIn(folder: string, setting: RigSetting = {}): Promise<Rig> {
  const {
    faults,
    confirms = true,
    device = DEMO_TERMINALS[0]!,
    certificateOf = device.terminal,
    profile = 'native',
  } = setting;
  const tls = (name: string): string => readFileSync(join(folder, 'tls', name), 'utf8');
  if (!existsSync(terminalCertificate(folder, certificateOf).cert))
    await ensureCertificates(folder, [device.terminal, certificateOf], Date.now());
  return openRig({
    profile: loadProfile(profile),
    device,
    card: { pan: demoPan(7), track2: demoTrack2(7), pin: DEMO_PIN },
    tls: { ca: tls('ca.crt'), cert: tls('server.crt'), key: tls('server.key') },
    deviceTls: { ca: join(folder, 'tls', 'ca.crt'), ...terminalCertificate(folder, certificateOf) },
    random: systemRandom,
    startMs: Date.parse('2026-11-28T06:00:00Z'),
    faults: new Set(faults),
    confirms,
  });
}
