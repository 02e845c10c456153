import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { Type, type Static } from 'typebox';
import { DOOR_ENVIRONMENT, DOOR_SETTINGS } from './config-door.ts';
import { HSM_ENVIRONMENT, HSM_SECRETS, HsmSchema, type HsmConfig } from './config-hsm.ts';
import { distance } from '../field/nearest.ts';
import { GatewayError, messageOf } from './errors.ts';
import { schemaCheck } from './schema.ts';

const port = (description: string, fallback: number) =>
  Type.Integer({ minimum: 1, maximum: 65_535, default: fallback, description });

/** Every setting, its bounds and its default. The same schema is the documentation (`kalabarg config`). */
const Schema = Type.Object(
  {
    data: Type.String({
      minLength: 1,
      default: './data',
      description: 'Folder for keys, certificates and the embedded database',
    }),
    host: Type.String({ minLength: 1, default: '127.0.0.1', description: 'Address to listen on for terminals' }),
    terminalPort: port('TLS port for terminals', 8583),
    bankPort: port('Port of the bank switch simulator', 8600),
    registryPort: Type.Integer({
      minimum: 0,
      maximum: 65_535,
      default: 8610,
      description: 'Port of the registry simulator of npm start; 0: any that is free',
    }),
    httpPort: port('Port for /healthz, /readyz and /metrics', 8080),
    bankHost: Type.String({ default: '', description: 'Bank switch to connect to; empty: run the simulator' }),
    bankTimeoutMs: Type.Integer({
      minimum: 100,
      maximum: 120_000,
      default: 15_000,
      description: 'How long a card leg may take',
    }),
    databaseUrl: Type.String({ default: '', description: 'PostgreSQL; empty: the embedded server' }),
    ownerDatabaseUrl: Type.String({
      default: '',
      description:
        'PostgreSQL as the owner of the tables, for migrations and reference data; empty: the role of databaseUrl is the owner',
    }),
    allowOwner: Type.Boolean({
      default: false,
      description: 'Let serve run with a role in databaseUrl that could rewrite the books; not for production',
    }),
    redisUrl: Type.String({ default: '', description: 'Redis for the job queues; empty: PostgreSQL' }),
    logLevel: Type.Union(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level)),
      { default: 'info', description: 'Lowest level that is logged' },
    ),
    logFile: Type.String({
      default: '',
      description: 'File of the log; empty: standard error (serve), <data>/gateway.log (start)',
    }),
    logMaxBytes: Type.Integer({
      minimum: 65_536,
      maximum: 100_000_000_000,
      default: 100_000_000,
      description: 'The log file is moved to <file>.1 when it is this long',
    }),
    logKeep: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      default: 5,
      description: 'Number of moved log files that are kept',
    }),
    clockWindowHours: Type.Integer({
      minimum: 1,
      maximum: 168,
      default: 24,
      description: 'How far the local time of a request may be from the true time, either way',
    }),
    lateDays: Type.Integer({
      minimum: 1,
      maximum: 7,
      default: 7,
      description: 'The same limit for reversals, advices and repeats, in days',
    }),
    profiles: Type.String({
      default: '',
      description: "Folder of the operator's own profiles (docs/profiles.md), beside those that come with the gateway",
    }),
    maxFrameBytes: Type.Integer({
      minimum: 64,
      maximum: 65_535,
      default: 4_096,
      description: 'Longest frame that is accepted',
    }),
    ...DOOR_SETTINGS,
    idleTimeoutMs: Type.Integer({
      minimum: 1_000,
      maximum: 86_400_000,
      default: 600_000,
      description: 'How long a connection may be silent before it is closed',
    }),
    tpdu: Type.Boolean({ default: false, description: 'Frames from terminals start with a 5-byte TPDU' }),
    guardScale: Type.Number({
      minimum: 0,
      maximum: 10_000,
      default: 1,
      description: 'Factor for the limits on what terminals may ask (docs/operations.md); 0: no limits',
    }),
    guardPerAddress: Type.Integer({
      minimum: 0,
      maximum: 10_000_000,
      default: 6_000,
      description: 'Requests without a PIN per minute from one address; 0: no limit, behind a balancer',
    }),
    terminalCaCert: Type.String({
      default: '',
      description:
        "Certificate (PEM) of the authority that issues terminals' certificates; it must be in <data>/tls/ca.crt too",
    }),
    terminalCaKey: Type.String({
      default: '',
      description:
        'Private key (PEM) of that authority; empty: one that the HSM keeps, or none (the demo: <data>/tls/ca.key)',
    }),
    renewExpiredDays: Type.Integer({
      minimum: 0,
      maximum: 3_650,
      default: 365,
      description: "How long after its end a terminal's certificate may renew itself, days; 0: never",
    }),
    backupMarker: Type.String({
      default: '',
      description:
        'File that the job of base backups touches when one is whole: kalabarg doctor looks at its age; empty: nobody does',
    }),
    backupHours: Type.Integer({
      minimum: 1,
      maximum: 2_160,
      default: 26,
      description: 'A base backup that is older is told by kalabarg doctor',
    }),
    backupCheckDays: Type.Integer({
      minimum: 1,
      maximum: 366,
      default: 8,
      description: 'kalabarg doctor warns when no kalabarg backup check in so many days found everything in order',
    }),
    traceUrl: Type.String({
      default: '',
      description:
        'OpenTelemetry collector that traces are sent to (OTLP over HTTP, http://collector:4318/v1/traces); empty: nothing is traced',
    }),
    tracesPerThousand: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      default: 10,
      description: 'Of a thousand transactions so many are traced, the same in every copy',
    }),
    keepPersonalDays: Type.Integer({
      minimum: 366,
      maximum: 36_500,
      default: 3_650,
      description:
        'How long after its end what is kept of persons stays: complaints, cards of households that left, names of people who left',
    }),
    keyDays: Type.Integer({
      minimum: 30,
      maximum: 36_500,
      default: 1_095,
      description: 'After so many days a master key, ZMK or BDK should be changed: a warning before, and nothing else',
    }),
    replayTo: Type.String({
      default: '',
      description:
        'Test gateway that the console plays recordings against, host:port; empty: none (the demo plays against itself)',
    }),
    replayData: Type.String({
      default: '',
      description:
        'Folder whose tls/ holds the CA and the terminals’ certificates for that gateway; empty: the folder of data',
    }),
    token: Type.String({
      default: '',
      description: 'Token that signs commands for a person, instead of the one that kalabarg login stored',
    }),
    hsm: HsmSchema,
  },
  { additionalProperties: false },
);

export type Config = Static<typeof Schema>;

/** The environment's name of each setting. */
const ENVIRONMENT: Readonly<Record<Exclude<keyof Config, 'hsm'>, string>> = {
  data: 'KALABARG_DATA',
  host: 'KALABARG_HOST',
  terminalPort: 'KALABARG_TERMINAL_PORT',
  bankPort: 'KALABARG_BANK_PORT',
  registryPort: 'KALABARG_REGISTRY_PORT',
  httpPort: 'KALABARG_HTTP_PORT',
  bankHost: 'KALABARG_BANK_HOST',
  bankTimeoutMs: 'KALABARG_BANK_TIMEOUT_MS',
  databaseUrl: 'DATABASE_URL',
  ownerDatabaseUrl: 'KALABARG_OWNER_DATABASE_URL',
  allowOwner: 'KALABARG_ALLOW_OWNER',
  redisUrl: 'REDIS_URL',
  logLevel: 'KALABARG_LOG_LEVEL',
  logFile: 'KALABARG_LOG_FILE',
  logMaxBytes: 'KALABARG_LOG_MAX_BYTES',
  logKeep: 'KALABARG_LOG_KEEP',
  clockWindowHours: 'KALABARG_CLOCK_WINDOW_HOURS',
  lateDays: 'KALABARG_LATE_DAYS',
  profiles: 'KALABARG_PROFILES',
  maxFrameBytes: 'KALABARG_MAX_FRAME_BYTES',
  ...DOOR_ENVIRONMENT,
  idleTimeoutMs: 'KALABARG_IDLE_TIMEOUT_MS',
  tpdu: 'KALABARG_TPDU',
  guardScale: 'KALABARG_GUARD_SCALE',
  guardPerAddress: 'KALABARG_GUARD_PER_ADDRESS',
  terminalCaCert: 'KALABARG_TERMINAL_CA_CERT',
  terminalCaKey: 'KALABARG_TERMINAL_CA_KEY',
  renewExpiredDays: 'KALABARG_RENEW_EXPIRED_DAYS',
  backupMarker: 'KALABARG_BACKUP_MARKER',
  backupHours: 'KALABARG_BACKUP_HOURS',
  backupCheckDays: 'KALABARG_BACKUP_CHECK_DAYS',
  traceUrl: 'KALABARG_TRACE_URL',
  tracesPerThousand: 'KALABARG_TRACES_PER_THOUSAND',
  keepPersonalDays: 'KALABARG_KEEP_PERSONAL_DAYS',
  keyDays: 'KALABARG_KEY_DAYS',
  replayTo: 'KALABARG_REPLAY_TO',
  replayData: 'KALABARG_REPLAY_DATA',
  token: 'KALABARG_TOKEN',
};

/** Settings whose value is a secret: it is never shown. */
const SECRETS: ReadonlySet<string> = new Set(['token', ...[...HSM_SECRETS].map((key) => `hsm.${key}`)]);

/** The environment variable that sets `key`: for messages that tell a person what to change. */
export function settingName(key: keyof typeof ENVIRONMENT): string {
  return ENVIRONMENT[key];
}

interface Property {
  readonly type?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly anyOf?: readonly { readonly const: string }[];
}

export interface Setting {
  readonly key: string;
  readonly environment: string;
  readonly fallback: unknown;
  /** What it may be, in words: `1 to 65535`, `software, pkcs11, payshield`. */
  readonly bounds: string;
  readonly description: string;
}

/** Every setting with its environment name, default, bounds and meaning, for `kalabarg config` and docs/settings.md. */
export function describeSettings(): Setting[] {
  const { hsm, ...flat } = Schema.properties;
  const rows = (prefix: string, properties: object, environment: Readonly<Record<string, string>>) =>
    (Object.entries(properties) as [string, Property][]).map(([key, schema]) => ({
      key: prefix + key,
      environment: environment[key] ?? '',
      fallback: schema.default,
      bounds: boundsOf(schema),
      description: schema.description ?? '',
    }));
  return [...rows('', flat, ENVIRONMENT), ...rows('hsm.', hsm.properties, HSM_ENVIRONMENT)];
}

function boundsOf({ type, minimum, maximum, minLength, pattern, anyOf }: Property): string {
  if (anyOf !== undefined) return anyOf.map((each) => each.const).join(', ');
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (type === 'boolean') return 'true, false';
  if (pattern !== undefined) return `text that matches ${pattern}`;
  return minLength === undefined ? 'text' : 'text, not empty';
}

export interface SettingInEffect {
  readonly key: string;
  readonly environment: string;
  /** What is secret is not shown. */
  readonly value: string;
  /** The environment variable, the file, or `default`. */
  readonly source: string;
  readonly description: string;
}

const NOT_SHOWN = '(set, not shown)';

/** Every setting as it holds, and where it comes from.
 *  @throws GatewayError `config.invalid` */
export function settingsInEffect(environment: NodeJS.ProcessEnv = process.env): SettingInEffect[] {
  const config = loadConfig(environment);
  const file = environment['KALABARG_CONFIG'] ?? './kalabarg.json';
  const inFile = fromFile(file, false);
  const hsmInFile = isObject(inFile['hsm']) ? inFile['hsm'] : {};
  return describeSettings().map(({ key, environment: name, description }) => {
    const [, own] = key.split('.');
    const value: unknown = own === undefined ? config[key as keyof Config] : config.hsm[own as keyof HsmConfig];
    const written = own === undefined ? key in inFile : own in hsmInFile;
    const source = (environment[name] ?? '') !== '' ? name : written ? file : 'default';
    const secret = SECRETS.has(key) && value !== '';
    return { key, environment: name, value: secret ? NOT_SHOWN : withoutPassword(String(value)), source, description };
  });
}

/** `postgres://user:…@host/db`: a URL without its password. */
function withoutPassword(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/[^:@/\s]*):[^@/\s]*@/i, '$1:…@').replace(/([?&]password=)[^&]*/i, '$1…');
}

/** Names of the environment that look like settings and are none, with the nearest that is one: a setting that is misspelt holds
 *  its default without a word. */
export function unknownNames(environment: NodeJS.ProcessEnv = process.env): { name: string; nearest: string }[] {
  const known = [...Object.values(ENVIRONMENT), ...Object.values(HSM_ENVIRONMENT), 'KALABARG_CONFIG'];
  return Object.keys(environment)
    .filter((name) => name.startsWith('KALABARG_') && !known.includes(name) && !OF_TESTS.test(name))
    .map((name) => ({ name, nearest: nearestTo(name, known) }));
}

/** Switches of our own tests and benches. */
const OF_TESTS = /^KALABARG_(?:(?:TEST|CHAOS|FUZZ|BENCH)_|MAKE_CAPTURES$|MODEL_RUNS$)/;

function nearestTo(name: string, known: readonly string[]): string {
  return known.reduce((best, each) => (distance(name, each) < distance(name, best) ? each : best));
}

/** Reads settings: defaults, then the JSON file named by `KALABARG_CONFIG` (default ./kalabarg.json, where it is), then
 *  the environment, which wins.
 *  @throws GatewayError `config.invalid`: names every wrong key, what it got, and what it wants */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const file = environment['KALABARG_CONFIG'] ?? './kalabarg.json';
  const values: Record<string, unknown> = fromFile(file, environment['KALABARG_CONFIG'] !== undefined);
  const hsm: Record<string, unknown> = isObject(values['hsm']) ? { ...values['hsm'] } : {};
  const names = [...Object.keys(values), ...Object.keys(hsm).map((key) => `hsm.${key}`)];
  const source: Record<string, string> = Object.fromEntries(names.map((name) => [name, `${name} in ${file}`]));
  fromEnvironment(environment, ENVIRONMENT, values, (key, name) => (source[key] = name));
  fromEnvironment(environment, HSM_ENVIRONMENT, hsm, (key, name) => (source[`hsm.${key}`] = name));
  if (!('hsm' in values) || isObject(values['hsm'])) values['hsm'] = hsm;
  // Coercion gives numbers and booleans from environment strings; whatever does not convert cleanly is refused.
  const faults = schemaCheck(Schema, { defaults: true, coerce: true })(values).map(
    ({ path, unknownKey, got, reason }) => {
      const key = path.join('.');
      const where = source[key] ?? key;
      if (unknownKey) return `  ${where}: no such setting (kalabarg config lists them)`;
      const shown = SECRETS.has(key) ? 'a value that is not shown here' : JSON.stringify(got);
      return `  ${where}: got ${shown}; ${reason}`;
    },
  );
  if (faults.length === 0) return { ...(values as Config), data: resolve((values as Config).data) };
  throw new GatewayError('config.invalid', `The configuration is not valid:\n${[...new Set(faults)].join('\n')}`);
}

function fromEnvironment(
  environment: NodeJS.ProcessEnv,
  names: Readonly<Record<string, string>>,
  into: Record<string, unknown>,
  took: (key: string, name: string) => void,
): void {
  for (const [key, name] of Object.entries(names)) {
    const text = environment[name];
    if (text === undefined || text === '') continue;
    into[key] = text;
    took(key, name);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fromFile(file: string, demanded: boolean): Record<string, unknown> {
  if (!existsSync(file)) {
    if (demanded) throw new GatewayError('config.missing', `KALABARG_CONFIG names ${file}, which does not exist.`);
    return {};
  }
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isObject(value)) return { ...value };
  } catch (cause) {
    throw new GatewayError('config.invalid', `${file} is not JSON: ${messageOf(cause)}`, { cause });
  }
  throw new GatewayError('config.invalid', `${file} must hold one JSON object.`);
}

/** Where this user's own files of ours are kept (XDG Base Directory). */
export function userConfigFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_CONFIG_HOME'] ?? '';
  return join(isAbsolute(base) ? base : join(homedir(), '.config'), 'kalabarg');
}
