import { Type, type Static } from 'typebox';
import { CALL, POINTER } from '../ops/call/index.ts';
import { readSettingsFile } from '../ops/settings-file.ts';
import { REASON_CODES, type Checked } from '../shops/index.ts';

/** Registries as `<data>/registries.yaml` describes them: what is asked, and what an answer means (docs/shops.md, Checks). */

const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);

/** The first that fits an answer says what it means; where none does, the answer means nothing. */
const Meaning = Type.Object(
  {
    /** The status of HTTP; absent: 200 to 299. */
    status: Type.Optional(Type.Array(Type.Integer({ minimum: 200, maximum: 599 }), { minItems: 1 })),
    /** A place in the answer, and what stands there, or does not; `{name}` is what was asked. What is missing fits neither. */
    at: Type.Optional(Type.String({ pattern: POINTER })),
    is: Type.Optional(Type.Array(scalar, { minItems: 1 })),
    isNot: Type.Optional(Type.Array(scalar, { minItems: 1 })),
    says: Type.String({ enum: ['yes', 'no', 'unknown'] }),
    reason: Type.Optional(Type.String({ enum: [...REASON_CODES] })),
  },
  { additionalProperties: false },
);

export const RegistrySchema = Type.Object(
  {
    http: Type.Object(CALL, { additionalProperties: false }),
    answers: Type.Array(Meaning, { minItems: 1, maxItems: 50 }),
    /** Places that must repeat what was asked: an answer about somebody else means nothing. */
    repeats: Type.Record(Type.String({ pattern: POINTER }), Type.String(), { default: {} }),
    /** Where the day stands until which it holds, ISO or Jalali (1405/09/06). Where it is missing, it holds without an end. */
    validUntil: Type.Optional(Type.String({ pattern: POINTER })),
    /** The same question is answered from what was said before, for so long; 0: never. */
    cacheHours: Type.Number({ minimum: 0, maximum: 8_760, default: 24 }),
    /** After silence it is asked again, later and later; after `giveUpHours` a person decides. */
    firstSeconds: Type.Integer({ minimum: 1, maximum: 3_600, default: 60 }),
    mostSeconds: Type.Integer({ minimum: 1, maximum: 86_400, default: 3_600 }),
    giveUpHours: Type.Number({ minimum: 0, maximum: 720, default: 24 }),
  },
  { additionalProperties: false },
);
export type RegistryDescription = Static<typeof RegistrySchema>;

const registry = Type.Optional(RegistrySchema);
const Schema = Type.Object(
  {
    owner_identity: registry,
    mobile: registry,
    sheba: registry,
    guild_licence: registry,
    tax_code: registry,
    address: registry,
  },
  { additionalProperties: false },
);

export interface RegistrySettings {
  /** Named in messages. */
  readonly file: string;
  readonly registries: Readonly<Partial<Record<Checked, RegistryDescription>>>;
}

/** @returns undefined: no registry is connected
 *  @throws GatewayError `settings.file` */
export function readRegistries(dataDir: string): RegistrySettings | undefined {
  const read = readSettingsFile(dataDir, 'registries', Schema);
  return read === undefined ? undefined : { file: read.file, registries: read.value as Static<typeof Schema> };
}
