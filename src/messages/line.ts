import { Type, type Static } from 'typebox';
import { at, CALL, openCall, POINTER } from '../ops/call/index.ts';
import type { Clock } from '../ops/clock.ts';
import { readSettingsFile } from '../ops/settings-file.ts';

/** The line on which messages go out: an SMS provider's HTTP service, as `<data>/messages.yaml` describes it. Without the file messages
 *  stay in the outbox. */

const value = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);
const Schema = Type.Object(
  {
    http: Type.Object(
      {
        ...CALL,
        /** It was taken; default: any status of 200 to 299. */
        taken: Type.Optional(
          Type.Object(
            { at: Type.String({ pattern: POINTER }), is: Type.Array(value, { minItems: 1 }) },
            { additionalProperties: false },
          ),
        ),
        /** Statuses that say that it will never be taken: a number that does not exist. */
        never: Type.Array(Type.Integer({ minimum: 400, maximum: 499 }), { default: [] }),
        /** Where the provider's number of the message lies. */
        reference: Type.Optional(Type.String({ pattern: POINTER })),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

export interface Outgoing {
  readonly to: string;
  readonly text: string;
  /** The same at each attempt, for a provider that tells two from one by it. */
  readonly key: string;
}

export type Sent =
  | { readonly kind: 'taken'; readonly reference: string | undefined }
  | { readonly kind: 'never'; readonly why: string }
  | { readonly kind: 'later'; readonly why: string };

export interface Line {
  readonly timeoutMs: number;
  send(message: Outgoing): Promise<Sent>;
  close(): void;
}

const NAMES = ['to', 'text', 'key'];

/** @returns undefined: none is configured
 *  @throws GatewayError `settings.file` */
export function openLine(dataDir: string, clock: Clock): Line | undefined {
  const read = readSettingsFile(dataDir, 'messages', Schema);
  if (read === undefined) return undefined;
  const { http } = read.value as Static<typeof Schema>;
  const call = openCall(http, `http in ${read.file}`, NAMES, clock);
  return {
    timeoutMs: http.timeoutMs,
    close: () => {
      call.close();
    },
    send: async ({ to, text, key }) => {
      const answer = await call({ to, text, key });
      if (answer.kind === 'none') return { kind: 'later', why: answer.why };
      const { status, json } = answer;
      if (http.never.includes(status)) return { kind: 'never', why: `status ${status}` };
      if (status < 200 || status > 299) return { kind: 'later', why: `status ${status}` };
      if (http.taken !== undefined) {
        const word = at(json, http.taken.at);
        if (!http.taken.is.some((each) => each === word))
          return { kind: 'later', why: `${http.taken.at} is ${said(word)}` };
      }
      const reference = http.reference === undefined ? undefined : at(json, http.reference);
      const named = typeof reference === 'string' || typeof reference === 'number';
      return { kind: 'taken', reference: named ? String(reference).slice(0, 100) : undefined };
    },
  };
}

function said(word: unknown): string {
  return word === undefined ? 'missing' : JSON.stringify(word).slice(0, 60);
}
