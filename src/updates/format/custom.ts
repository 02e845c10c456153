import { Type, type Static } from 'typebox';
import { bytes, COMPONENTS, counter, hex, instant, object, oneOf, reader, text } from './names.ts';

/** A way from an older release to this one: `path` beside the targets, applied by `applyDelta`. The file that comes out is checked
 *  against the target's own hashes, so a delta needs no trust of its own. */
const Delta = object({ counter, sha256: hex(32), path: Type.String({ maxLength: 200 }), length: bytes });

const Custom = object({
  component: oneOf(COMPONENTS),
  /** The profile that it is for, or `*`. */
  profile: text(40),
  /** Models that it is for; `*`: every one. */
  hardwareIds: Type.Array(text(60), { minItems: 1, maxItems: 200 }),
  /** Rises from release to release of a component and never falls. */
  releaseCounter: counter,
  /** A device whose own counter is below this cannot take it at once. */
  minFrom: Type.Integer({ minimum: 0, maximum: 2_147_483_647 }),
  deltaFrom: Type.Array(Delta, { maxItems: 8 }),
  effectiveFrom: instant,
  effectiveUntil: Type.Optional(instant),
  textFa: text(500),
  textEn: text(500),
  /** The two persons who released it. */
  approvals: Type.Array(text(100), { minItems: 2, maxItems: 2, uniqueItems: true }),
});

/** `custom` of a target: what a device needs to know of a file beyond its hashes (terminals.md 3). */
export type TargetCustom = Static<typeof Custom>;

/** @throws GatewayError `updates.malformed` */
export const readCustom: (value: unknown) => TargetCustom = reader('description of a target', Custom);

/** What of an older release lies beside a target: `menu/native-3.json.from-2.delta`. */
export function deltaPath(target: string, fromCounter: number): string {
  return `${target}.from-${fromCounter}.delta`;
}
