import type { FieldInput, MessageInput } from '../../codec/index.ts';
import { answerMti } from '../../field/mti.ts';
import type { Answer, Answerable } from '../answer.ts';
import { flattened } from '../language/layouts.ts';
import type { LoadedProfile } from '../language/load.ts';
import type { AnswerFile, Fields, PagesFile } from '../language/schema.ts';
import { answerVocabulary, type Saying } from '../say.ts';
import { parsePath } from '../wire/path.ts';
import { NOWHERE, Source } from '../wire/source.ts';
import { putsOf, type Put } from '../wire/write.ts';
import { groundOf, type Route, type Routes } from './requests.ts';

export interface Answering {
  /** Elements that an answer needs of a request, also of one that does not decode. */
  readonly salvaged: readonly number[];
  write(request: Answerable, answer: Answer, now: number): MessageInput;
}

/** How an answer is written. */
interface Written {
  readonly echo: readonly number[];
  readonly puts: readonly Put<Saying>[];
  readonly bank: boolean;
}

export function compileAnswers(loaded: LoadedProfile, routes: Routes): Answering {
  const { file } = loaded;
  const answers = new Map(Object.entries(file.answers).map(([name, answer]) => [name, writtenBy(answer, loaded)]));
  const byRequest = new Map(routes.all.map((route) => [route, answers.get(route.asked.file.answer)]));
  const otherwise = Object.entries(file.otherwise)
    .sort(([a], [b]) => b.length - a.length)
    .map(([prefix, name]) => [prefix, answers.get(name)] as const);
  const fallback = (mti: string): Written | undefined => otherwise.find(([prefix]) => mti.startsWith(prefix))?.[1];
  // Where requests of an MTI have one answer and nothing of the request is asked, which request it is does not matter.
  const plain = plainAnswers(routes, byRequest);

  return {
    salvaged: salvaged(file.answers, routes),
    write(request, answer, now) {
      const source = new Source(request, NOWHERE);
      const known = plain.get(request.mti);
      const route = known === undefined ? routes.find(request, source) : known.route;
      const written = known?.written ?? (route === undefined ? fallback(request.mti) : byRequest.get(route)) ?? NOTHING;
      return { mti: answerMti(request.mti), fields: fieldsOf(written, { request, answer, now, source, route }) };
    },
  };
}

const NOTHING: Written = { echo: [3, 11, 41], puts: [], bank: false };

interface Writing {
  readonly request: Answerable;
  readonly answer: Answer;
  readonly now: number;
  readonly source: Source;
  readonly route: Route | undefined;
}

function fieldsOf(written: Written, { request, answer, now, source, route }: Writing): Record<string, FieldInput> {
  const fields: Record<string, FieldInput> = {};
  for (const de of written.echo) {
    const value = request.get(de);
    if (value !== undefined) fields[de] = value;
  }
  const saying: Saying = { answer, now, asked: (name) => route?.asked.values[name](source) };
  for (const { de, say } of written.puts) {
    if (fields[de] !== undefined) continue; // as the terminal wrote it
    const value = say(saying);
    if (value !== undefined) fields[de] = value;
  }
  if (written.bank) {
    for (const de in answer.passThrough) {
      const value = answer.passThrough[de];
      if (value !== undefined) fields[de] = value;
    }
  }
  return fields;
}

function writtenBy(answer: AnswerFile, loaded: LoadedProfile): Written {
  const { fields } = flattened(answer, loaded.file.layouts ?? {});
  const codes = { ...loaded.file.codes?.out, ...answer.codes };
  return {
    echo: answer.echo ?? [],
    puts: putsOf(fields, groundOf(loaded), answerVocabulary(codes, pagesIn(fields))),
    bank: answer.bank === true,
  };
}

function pagesIn(fields: Fields): PagesFile | undefined {
  return Object.values(fields).find((content): content is PagesFile => {
    return typeof content === 'object' && content !== null && 'pages' in content;
  });
}

/** MTIs all of whose requests have the same answer. */
function plainAnswers(
  routes: Routes,
  byRequest: ReadonlyMap<Route, Written | undefined>,
): ReadonlyMap<string, { written: Written; route: Route | undefined }> {
  const plain = new Map<string, { written: Written; route: Route | undefined }>();
  for (const [mti, found] of routes.byMti) {
    const [first] = found;
    const written = first === undefined ? undefined : byRequest.get(first);
    if (written !== undefined && found.every((route) => byRequest.get(route) === written && sameAsked(route, first)))
      plain.set(mti, { written, route: first });
  }
  return plain;
}

/** Whether answers would find the values of the request in the same places. */
function sameAsked(route: Route, first: Route | undefined): boolean {
  const { paths } = route.asked;
  return paths.total === first?.asked.paths.total && paths.quoteRef === first.asked.paths.quoteRef;
}

function salvaged(answers: LoadedProfile['file']['answers'], routes: Routes): readonly number[] {
  const echoed = Object.values(answers).flatMap(({ echo }) => echo ?? []);
  const read = routes.all.flatMap(({ asked }) => [asked.paths.total, asked.paths.quoteRef, asked.paths.stan]);
  const elements = read.filter((path) => path !== '').map((path) => parsePath(path).de);
  return [...new Set([3, 11, 41, ...echoed, ...elements])];
}
