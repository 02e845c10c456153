import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { Type, type Static } from 'typebox';
import { fileFault, GatewayError, messageOf } from '../../../ops/errors.ts';
import { schemaCheck } from '../../../ops/schema.ts';

const text = (most: number) => Type.Optional(Type.String({ minLength: 1, maxLength: most }));
const file = () => Type.Optional(Type.String({ minLength: 1, maxLength: 4_096 }));

const Settings = Type.Object(
  {
    /** DE 41 and 42. Of a terminal of the demo programme the rest is known. */
    terminal: Type.String({ pattern: '^[0-9]{8}$' }),
    merchant: Type.Optional(Type.String({ pattern: '^[ -~]{15}$' })),
    serial: Type.Optional(Type.String({ pattern: '^[0-9A-Z]{1,40}$' })),
    model: text(60),
    psp: text(60),
    /** Name of the shop, for receipts. */
    shop: text(40),
    /** `host:port` of the gateway, and of its updates; `wire`: the device has no HTTPS. */
    gateway: text(300),
    updates: text(300),
    /** PEM: who issued the gateway's certificate; the device's own certificate and its key. */
    ca: file(),
    cert: file(),
    certKey: file(),
    /** Its master key: a key block and what it is under, or in hexadecimal. With neither it is asked for. */
    keyBlock: file(),
    transportKey: file(),
    masterKey: file(),
    algorithm: Type.Optional(Type.Unsafe<'TDES' | 'AES'>({ type: 'string', enum: ['TDES', 'AES'] })),
    /** A card that is inserted where none is named. */
    card: file(),
    /** The profile that it speaks, also of its updates (default: native). */
    profile: text(40),
    /** Rules of settlement: which unit of money its profile says on which day (default: rials, for ever). */
    units: file(),
    /** The first root of updates, from the factory (default: root.json). */
    root: file(),
    /** Per cent of charge; left out on mains. */
    battery: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  },
  { additionalProperties: false },
);

/** `device.json` in a device's folder: who it is, and where its own files are. */
export type DeviceSettings = Static<typeof Settings>;

const FILES = ['root', 'ca', 'cert', 'certKey', 'keyBlock', 'transportKey', 'masterKey', 'card', 'units'] as const;
const NAME = 'device.json';

/** @returns undefined: the folder has none. Names of files are paths then, those of the folder's own from the folder
 *  @throws GatewayError `device.settings` naming each fault, `file.unreadable` */
export function readDeviceSettings(folder: string): DeviceSettings | undefined {
  const path = join(folder, NAME);
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new GatewayError('file.unreadable', `${folder} is a file, not a folder. Name the folder of a device.`);
  if (!existsSync(path)) return undefined;
  const settings = checked(path, parsed(path));
  const files = FILES.flatMap((name) => {
    const given = settings[name];
    return given === undefined ? [] : [[name, isAbsolute(given) ? given : join(folder, given)] as const];
  });
  return { ...settings, ...Object.fromEntries(files) };
}

function parsed(path: string): unknown {
  let json: string;
  try {
    json = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new GatewayError('file.unreadable', fileFault(path, 'read', cause), { cause });
  }
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new GatewayError('device.settings', `${path} is not JSON: ${messageOf(cause)}`, { cause });
  }
}

function checked(path: string, value: unknown): DeviceSettings {
  const faults = schemaCheck(Settings)(value).map(({ path: at, unknownKey, reason }) => {
    const place = at.join('.') || 'the whole';
    return unknownKey ? `${place} is not known here` : `${place} ${reason}`;
  });
  if (faults.length === 0) return value as DeviceSettings;
  throw new GatewayError('device.settings', `${path} is wrong: ${[...new Set(faults)].join('; ')}.`);
}
