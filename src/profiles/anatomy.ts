import type { Codec, Message } from '../codec/index.ts';
import { requestMti } from '../field/mti.ts';
import { compileRequests, groundOf, type Route } from './compile/requests.ts';
import { flattened } from './language/layouts.ts';
import type { LoadedProfile } from './language/load.ts';
import type { Security } from './profile.ts';
import { partsAt, spotsOf, type Part, type Spot } from './wire/parts.ts';
import { NOWHERE, Source } from './wire/source.ts';

/** Where every value stands in the messages of a profile, for tools that change or compare them as they are: by the same file that the
 *  gateway reads and devices speak by. */
export interface Anatomy {
  readonly name: string;
  readonly codec: Codec;
  /** What stands in a request, also in one that no layout is of. */
  request(message: Message): readonly Part[];
  /** What stands in an answer. @param request undefined: it is not known what was asked */
  answer(request: Message | undefined, answer: Message): readonly Part[];
  security(request: Message): Pick<Security, 'scheme' | 'ksn'>;
  /** The response code of wire.md 6 that an answer says. */
  code(answer: Message): string | undefined;
}

/** @param codec of the profile's dialect */
export function anatomyOf(loaded: LoadedProfile, codec: Codec): Anatomy {
  const { file } = loaded;
  const { layouts = {}, answers, otherwise } = file;
  const ground = groundOf(loaded);
  const routes = compileRequests(loaded);
  const asked = new Map(routes.all.map((route) => [route, spotsOf(route.fields, ground)]));
  const told = new Map(
    Object.entries(answers).map(([name, answer]) => [name, spotsOf(flattened(answer, layouts).fields, ground)]),
  );
  const fallbacks = Object.entries(otherwise).sort(([a], [b]) => b.length - a.length);
  const find = (message: Message): Route | undefined => routes.find(message, new Source(message, NOWHERE));
  /** The request's own places first, then those that other messages have: the first that names a place counts. */
  const ordered = (message: Message): readonly Spot[] => {
    const own = find(message);
    const alike = routes.byMti.get(message.mti) ?? [];
    const all = [...(own === undefined ? [] : [own]), ...alike, ...routes.all];
    return firstOfEach(all.flatMap((route) => asked.get(route) ?? []));
  };
  const answerSpots = (request: Message | undefined, mti: string): readonly Spot[] => {
    const name =
      (request === undefined ? undefined : find(request)?.asked.file.answer) ??
      fallbacks.find(([prefix]) => mti.startsWith(prefix))?.[1];
    return told.get(name ?? '') ?? [];
  };
  const codes = file.codes?.in ?? {};
  return {
    name: file.name,
    codec,
    request: (message) => partsAt(ordered(message), message),
    answer: (request, answer) => partsAt(answerSpots(request, request?.mti ?? requestMti(answer.mti)), answer),
    security: (request) => {
      const source = new Source(request, NOWHERE);
      const values = (find(request) ?? routes.byMti.get(request.mti)?.[0] ?? routes.all[0])?.asked.values;
      return { scheme: values?.keyScheme(source), ksn: values?.ksn(source) };
    },
    code: (answer) => {
      const wire = answer.get(39);
      return wire === undefined ? undefined : (codes[wire] ?? wire);
    },
  };
}

function firstOfEach(spots: readonly Spot[]): Spot[] {
  const seen = new Set<string>();
  return spots.filter(({ path: { text } }) => !seen.has(text) && seen.add(text));
}
