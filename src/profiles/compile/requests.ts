import type { Message } from '../../codec/index.ts';
import { kindReader, type Asked, type ReadKind } from '../kinds/index.ts';
import { flattened } from '../language/layouts.ts';
import type { LoadedProfile } from '../language/load.ts';
import type { Fields, LayoutFile, RequestFile } from '../language/schema.ts';
import type { NotContent } from '../transaction.ts';
import { listCodec } from '../wire/list.ts';
import { parsePath } from '../wire/path.ts';
import type { Ground } from '../wire/ground.ts';
import { placedIn, rawRead, readsOf } from '../wire/read.ts';
import { NOWHERE, Source } from '../wire/source.ts';

/** A request of a profile: which messages it is, and how they are read. */
export interface Route {
  readonly name: string;
  readonly asked: Asked;
  readonly read: ReadKind;
  /** Everything that stands in it. */
  readonly fields: Fields;
  readonly derived: NonNullable<LayoutFile['derived']>;
  readonly present: ((s: Source) => boolean) | undefined;
}

export interface Routes {
  readonly all: readonly Route[];
  readonly mtis: ReadonlySet<string>;
  readonly byMti: ReadonlyMap<string, readonly Route[]>;
  readonly notContent: NotContent;
  /** Which request a message is: by MTI and DE 3, then by what must be there. */
  find(message: { readonly mti: string; get(de: number): string | undefined }, source: Source): Route | undefined;
}

export function compileRequests(loaded: LoadedProfile): Routes {
  const { file } = loaded;
  const ground = groundOf(loaded);
  const all = Object.entries(file.requests).map(([name, request]) => routeOf(name, request, loaded, ground));
  const byMti = new Map<string, Route[]>();
  const exact = new Map<string, Route[]>();
  for (const route of all) {
    for (const mti of route.asked.file.mti) {
      append(byMti, mti, route);
      for (const code of route.asked.file.processing ?? ['']) append(exact, mti + code, route);
    }
  }
  return {
    all,
    byMti,
    mtis: new Set(byMti.keys()),
    notContent: notContent(all),
    find(message, source) {
      const { mti } = message;
      const found = exact.get(mti + (message.get(3) ?? '')) ?? exact.get(mti);
      return found?.find(({ present }) => present === undefined || present(source));
    },
  };
}

export function groundOf({ spec, file }: LoadedProfile): Ground {
  return { spec, blocks: file.blocks ?? {} };
}

function append(map: Map<string, Route[]>, key: string, route: Route): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [route]);
  else known.push(route);
}

function routeOf(name: string, file: RequestFile, loaded: LoadedProfile, ground: Ground): Route {
  const { fields, derived } = flattened(file, loaded.file.layouts ?? {});
  const placed = placedIn(fields, ground);
  const basket = placed.find((each) => each.name === 'basket')?.list;
  const asked: Asked = {
    declared: placed.find((each) => each.name === 'currency')?.read,
    file,
    ...readsOf(placed, derived),
    basket: basket === undefined ? undefined : listCodec(basket),
  };
  return { name, asked, read: kindReader(asked), fields, derived, present: presentAt(file.with, ground) };
}

function presentAt(text: string | undefined, ground: Ground): Route['present'] {
  if (text === undefined) return undefined;
  const read = rawRead(parsePath(text), { constant: '' }, ground);
  return (s) => read(s) !== undefined;
}

/** Values that may differ between a request and its repeat: its time, its MAC, and its PIN under another key or counter. */
const OF_THE_MOMENT = new Set(['transmission', 'pin', 'pinAes', 'keyScheme', 'ksn']);

function notContent(all: readonly Route[]): NotContent {
  const elements = new Set([64, 128]);
  const tags = new Set<string>();
  for (const { fields } of all) {
    for (const [text, content] of Object.entries(fields)) {
      const name = typeof content === 'string' ? content : content !== null && 'value' in content ? content.value : '';
      if (!OF_THE_MOMENT.has(name)) continue;
      const { de, keys, block } = parsePath(text);
      if (keys.length === 0 && block === undefined) elements.add(de);
      else if (de === 48 && keys[0] !== undefined) tags.add(keys[0]);
    }
  }
  return { elements, tags };
}

/** The code of network messages, which may come before there are keys; undefined for others. */
export function networkRequests(routes: Routes): (message: Message) => string | undefined {
  const network = new Map(
    [...routes.byMti].flatMap(([mti, found]) => {
      const own = found.filter(({ asked }) => asked.file.kind === 'network');
      return own.length === 0 ? [] : [[mti, own] as const];
    }),
  );
  return (message) => {
    const own = network.get(message.mti);
    if (own === undefined) return undefined;
    const source = new Source(message, NOWHERE);
    const route = routes.find(message, source) ?? own[0];
    return route?.asked.file.kind === 'network' ? (route.asked.values.network(source) ?? '') : undefined;
  };
}
