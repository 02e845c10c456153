import { Type, type Static } from 'typebox';

const text = (description: string, fallback = '') => Type.String({ default: fallback, description });

/** `hsm` in the configuration: which back-end holds the keys, and where it is. */
export const HsmSchema = Type.Object(
  {
    backend: Type.Union([Type.Literal('software'), Type.Literal('pkcs11'), Type.Literal('payshield')], {
      default: 'software',
      description: 'What holds the keys: software (not PCI), pkcs11 or payshield',
    }),
    timeoutMs: Type.Integer({
      minimum: 100,
      maximum: 120_000,
      default: 5_000,
      description: 'How long one operation of an HSM may take',
    }),
    lmkFile: text('software: file of the LMK; empty: <data>/secrets/lmk.key, made at the first start'),
    lmk: Type.String({
      default: '',
      pattern: '^([0-9a-fA-F]{64})?$',
      description: 'software: the LMK itself, 64 hexadecimal digits, instead of a file',
    }),
    lmkPassphrase: Type.String({
      default: '',
      pattern: '^(.{16,1024})?$',
      description:
        'software: passphrase that makes the LMK, with the salt in <data>/secrets/lmk.salt; at least 16 characters',
    }),
    library: text('pkcs11: the library of the HSM (a shared object)'),
    token: text('pkcs11: label of the token'),
    pinFile: text("pkcs11: file of the token's PIN"),
    sessions: Type.Integer({ minimum: 1, maximum: 1_000, default: 8, description: 'pkcs11: most operations at once' }),
    allowClearPinBlockInHost: Type.Boolean({
      default: false,
      description: 'pkcs11: translate PINs in this host, against PCI PIN',
    }),
    allowClearKeysInHost: Type.Boolean({
      default: false,
      description: 'pkcs11: read and write key blocks in this host, against PCI PIN',
    }),
    hosts: text('payshield: host:port of each, separated by commas; all have the same LMK'),
    tls: Type.Boolean({
      default: false,
      description: 'payshield: speak TLS, with ca.crt, client.crt and client.key in <data>/hsm',
    }),
    connections: Type.Integer({ minimum: 1, maximum: 256, default: 4, description: 'payshield: connections to each' }),
    headerChars: Type.Integer({ minimum: 1, maximum: 64, default: 4, description: 'payshield: length of the header' }),
    lmkKind: Type.Union([Type.Literal('keyblock'), Type.Literal('variant')], {
      default: 'keyblock',
      description: 'payshield: kind of its LMK',
    }),
    lmkId: Type.String({
      default: '',
      pattern: '^(\\d\\d)?$',
      description: 'payshield: which of its LMKs, two digits',
    }),
  },
  { additionalProperties: false, default: {} },
);

export type HsmConfig = Static<typeof HsmSchema>;

/** The environment's name of each setting. */
export const HSM_ENVIRONMENT: Readonly<Record<keyof HsmConfig, string>> = {
  backend: 'KALABARG_HSM',
  timeoutMs: 'KALABARG_HSM_TIMEOUT_MS',
  lmkFile: 'KALABARG_LMK_FILE',
  lmk: 'KALABARG_LMK',
  lmkPassphrase: 'KALABARG_LMK_PASSPHRASE',
  library: 'KALABARG_PKCS11_LIBRARY',
  token: 'KALABARG_PKCS11_TOKEN',
  pinFile: 'KALABARG_PKCS11_PIN_FILE',
  sessions: 'KALABARG_PKCS11_SESSIONS',
  allowClearPinBlockInHost: 'KALABARG_ALLOW_CLEAR_PIN_BLOCK_IN_HOST',
  allowClearKeysInHost: 'KALABARG_ALLOW_CLEAR_KEYS_IN_HOST',
  hosts: 'KALABARG_PAYSHIELD_HOSTS',
  tls: 'KALABARG_PAYSHIELD_TLS',
  connections: 'KALABARG_PAYSHIELD_CONNECTIONS',
  headerChars: 'KALABARG_PAYSHIELD_HEADER',
  lmkKind: 'KALABARG_PAYSHIELD_LMK_KIND',
  lmkId: 'KALABARG_PAYSHIELD_LMK_ID',
};

/** Settings whose value no message repeats. */
export const HSM_SECRETS: ReadonlySet<keyof HsmConfig> = new Set(['lmk', 'lmkPassphrase']);
