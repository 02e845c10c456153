import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../ops/clock.ts';
import type { Config } from '../ops/config.ts';
import { GatewayError, fileFault } from '../ops/errors.ts';
import type { Random } from '../ops/random.ts';
import { lmkIsInFile, loadLmks, readLmkFiles } from './software/lmk-file.ts';
import type { PaymentHsm } from './payment-hsm.ts';
import type { Endpoint } from './payshield/connection.ts';
import { payshieldHsm } from './payshield/payshield.ts';
import type { PayshieldOptions } from './payshield/session.ts';
import { pkcs11Hsm, type Pkcs11Options } from './pkcs11/pkcs11.ts';
import { softwareHsm } from './software/software.ts';
import { parsePlace } from '../field/place.ts';

type HsmSettings = Pick<Config, 'data' | 'hsm'>;

/** What an HSM takes from outside, where a caller has its own. */
interface HsmPorts {
  readonly clock?: Clock;
  readonly random?: Random;
}

const PAYSHIELD_PORT = 1500;

/** The back-end that the configuration names.
 *  @param makeKeys whether a missing LMK (or salt) of the software back-end may be made: only where nothing lies under one
 *  @throws GatewayError `config.invalid`, `secrets.missing`; HsmError `hsm.*`, `lmk.invalid` */
export async function openHsm(config: HsmSettings, makeKeys = true, ports: HsmPorts = {}): Promise<PaymentHsm> {
  const clock = ports.clock === undefined ? {} : { clock: ports.clock };
  switch (config.hsm.backend) {
    case 'pkcs11':
      return pkcs11Hsm({ ...pkcs11Options(config), ...clock });
    case 'payshield':
      return payshieldHsm({ ...payshieldOptions(config), ...clock });
    default: {
      const lmks = await loadLmks(config, makeKeys);
      const random = ports.random === undefined ? {} : { random: ports.random.bytes };
      const reload = lmkIsInFile(config) ? { reload: () => readLmkFiles(config) } : {};
      return softwareHsm({ ...lmks, ...reload, ...clock, ...random });
    }
  }
}

/** @throws GatewayError `config.invalid` */
export function pkcs11Options({ hsm }: HsmSettings): Pkcs11Options {
  const { library, token, pinFile, sessions, timeoutMs, allowClearPinBlockInHost, allowClearKeysInHost } = hsm;
  if (library === '' || token === '' || pinFile === '') {
    throw invalid('pkcs11 needs hsm.library, hsm.token and hsm.pinFile');
  }
  const pin = readSecret(pinFile);
  return { library, tokenLabel: token, pin, sessions, timeoutMs, allowClearPinBlockInHost, allowClearKeysInHost };
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new GatewayError('config.invalid', `The PIN of the token: ${fileFault(file, 'read', cause)}`, { cause });
  }
}

function payshieldOptions({ data, hsm }: HsmSettings): PayshieldOptions {
  const { hosts, tls, connections, headerChars, timeoutMs, lmkKind, lmkId } = hsm;
  return {
    endpoints: hosts.split(',').map((place) => endpoint(place.trim())),
    ...(tls ? { tls: tlsFiles(join(data, 'hsm')) } : {}),
    connections,
    headerChars,
    timeoutMs,
    lmk: lmkKind === 'variant' ? 'variant' : 'keyblock',
    ...(lmkId === '' ? {} : { lmkId }),
  };
}

function endpoint(text: string): Endpoint {
  const place = parsePlace(text, PAYSHIELD_PORT);
  if (place === undefined) throw invalid(`hsm.hosts: ${JSON.stringify(text)} is not host or host:port`);
  return place;
}

function tlsFiles(folder: string): ConnectionOptions {
  const read = (name: string): Buffer | undefined => {
    const file = join(folder, name);
    return existsSync(file) ? readFileSync(file) : undefined;
  };
  const [ca, cert, key] = [read('ca.crt'), read('client.crt'), read('client.key')];
  if (ca === undefined)
    throw invalid(`hsm.tls needs the authority of the HSM's certificate in ${join(folder, 'ca.crt')}`);
  return cert === undefined || key === undefined ? { ca } : { ca, cert, key };
}

function invalid(why: string): GatewayError {
  return new GatewayError('config.invalid', `The HSM's configuration is not valid: ${why}.`);
}
