import type { Spec } from '../../codec/index.ts';
import { planAt } from '../wire/ground.ts';
import { parsePath } from '../wire/path.ts';
import { pointer, type ProfileFault } from './fault.ts';
import { flattened } from './layouts.ts';
import type { ContentFile, Fields, LayoutFile, ProfileFile } from './schema.ts';
import { ANSWER_NAMES, APPROVED, CANONICAL_CODES, REQUEST_NAMES, type Kind } from './values.ts';

/** What the shape of a file cannot say: that it fits its dialect, that every value which a kind needs stands somewhere, that names are
 *  those of something, and that response codes come back as what they were. */
export function meaningFaults(file: ProfileFile, spec: Spec): ProfileFault[] {
  return [
    ...useFaults(file),
    ...layoutFaults(file, spec),
    ...requestFaults(file, spec),
    ...answerFaults(file, spec),
    ...codeFaults(file),
    ...assumedFaults(file),
  ];
}

function useFaults({ layouts = {}, requests, answers, otherwise }: ProfileFile): ProfileFault[] {
  const faults: ProfileFault[] = [];
  const sections: Readonly<Record<string, Readonly<Record<string, { uses?: string[] }>>>> = {
    layouts,
    requests,
    answers,
  };
  const users = Object.entries(sections).flatMap(([section, members]) =>
    Object.entries(members).map(([name, { uses = [] }]) => ({ at: [section, name, 'uses'], uses })),
  );
  for (const { at, uses } of users) {
    for (const [n, used] of uses.entries())
      if (layouts[used] === undefined) faults.push({ at: pointer([...at, n]), reason: `there is no layout "${used}"` });
  }
  for (const name of Object.keys(layouts))
    if (goesRound(name, layouts)) faults.push({ at: pointer(['layouts', name, 'uses']), reason: 'uses itself' });
  for (const [name, { answer }] of Object.entries(requests))
    if (answers[answer] === undefined)
      faults.push({ at: pointer(['requests', name, 'answer']), reason: `there is no answer "${answer}"` });
  for (const [prefix, answer] of Object.entries(otherwise))
    if (answers[answer] === undefined)
      faults.push({ at: pointer(['otherwise', prefix]), reason: `there is no answer "${answer}"` });
  if (otherwise[''] === undefined)
    faults.push({ at: '/otherwise', reason: 'says nothing for "": the answer to all else' });
  return faults;
}

function goesRound(start: string, layouts: Readonly<Record<string, LayoutFile>>): boolean {
  const seen = new Set<string>();
  const visit = (name: string): boolean => {
    if (seen.has(name)) return name === start;
    seen.add(name);
    return (layouts[name]?.uses ?? []).some((used) => used === start || visit(used));
  };
  return visit(start);
}

function layoutFaults({ layouts = {}, blocks = {} }: ProfileFile, spec: Spec): ProfileFault[] {
  return Object.entries(layouts).flatMap(([name, { fields = {} }]) =>
    fieldFaults(fields, ['layouts', name, 'fields'], spec, blocks),
  );
}

/** That each place is one of the dialect. */
function fieldFaults(
  fields: Fields,
  at: readonly string[],
  spec: Spec,
  blocks: NonNullable<ProfileFile['blocks']>,
): ProfileFault[] {
  const faults: ProfileFault[] = [];
  const shapes = new Map<number, string>();
  for (const [text, content] of Object.entries(fields)) {
    if (content === null) continue;
    const here = pointer([...at, text]);
    const { de, keys, block } = parsePath(text);
    const plan = spec.fields[de];
    if (plan === undefined) {
      faults.push({ at: here, reason: `the dialect ${spec.name} has no element ${de}` });
      continue;
    }
    const shape = block !== undefined ? 'blocks' : keys.length > 0 ? 'tags' : 'whole';
    if ((shapes.get(de) ?? shape) !== shape)
      faults.push({ at: here, reason: `element ${de} is written as ${shapes.get(de) ?? ''} elsewhere in this layout` });
    shapes.set(de, shape);
    if (keys.length > 0 && plan.content === undefined)
      faults.push({ at: here, reason: `the dialect describes nothing inside element ${de}` });
    if (block !== undefined) {
      const widths = blocks[String(de)];
      if (widths === undefined) faults.push({ at: here, reason: `/blocks says nothing of element ${de}` });
      else if (block.length !== widths.code)
        faults.push({ at: here, reason: `a code of ${de} has ${widths.code} characters` });
    }
    faults.push(...contentFaults(content, here));
    const inside = planAt({ text, de, keys, block }, { spec, blocks });
    if (keys.length > 0 && plan.content !== undefined && inside === undefined)
      faults.push({ at: here, reason: `the dialect has no ${keys.join('.')} inside element ${de}` });
    if (needsBytes(content) && (inside ?? plan).type !== 'b')
      faults.push({
        at: here,
        reason: 'carries bytes that are no plain text: the dialect must have a b element there',
      });
  }
  return faults;
}

/** Code pages, and lines that end in a line feed, are bytes that no text of ISO 8583 has. */
function needsBytes(content: ContentFile): boolean {
  if (typeof content !== 'object') return false;
  const page = 'page' in content ? content.page : undefined;
  return (page !== undefined && page !== 'utf8') || ('lines' in content && (content.between ?? '\n') === '\n');
}

function contentFaults(content: ContentFile, at: string): ProfileFault[] {
  if (typeof content === 'string') return [];
  if ('list' in content) {
    const members = content.of.map(([member]) => member as string);
    const needed = content.list === 'basket' ? ['goods'] : ['voucher'];
    const missing = needed.filter((member) => !members.includes(member));
    const foreign = members.filter((member) =>
      content.list === 'basket'
        ? ['verdict', 'voucher'].includes(member)
        : ['goods', 'unit', 'quantity', 'amount'].includes(member),
    );
    return [
      ...missing.map((member) => ({ at: `${at}/of`, reason: `has no ${member}` })),
      ...foreign.map((member) => ({ at: `${at}/of`, reason: `${member} is not said there` })),
    ];
  }
  if ('lines' in content) {
    return content.lines.flatMap((line, n) =>
      [...line.matchAll(/\{([^}]*)\}/g)]
        .filter(([, name = '']) => !(ANSWER_NAMES as readonly string[]).includes(name))
        .map(([, name = '']) => ({ at: `${at}/lines/${n}`, reason: `{${name}} is no value of answers` })),
    );
  }
  if ('value' in content && content.map !== undefined) {
    const meanings = Object.values(content.map);
    if (new Set(meanings).size < meanings.length)
      return [{ at: `${at}/map`, reason: 'two texts of the wire mean the same: it cannot be written back' }];
  }
  return [];
}

/** What each kind cannot do without; one of each group. */
const FINANCIAL = [
  'terminal',
  'merchant',
  'stan',
  'localTime',
  'localDate',
  'transmission',
  'currency',
  'entryMode',
  'track2|pan',
];
const LATE = ['terminal', 'merchant', 'stan', 'localTime', 'localDate', 'transmission', 'currency'];
const ORIGINAL = ['originalMti', 'originalStan', 'originalTransmission'];
const NEEDED: Readonly<Record<Kind, readonly string[]>> = {
  purchase: [...FINANCIAL, 'total'],
  quote: [...FINANCIAL, 'total'],
  'quote-release': [...FINANCIAL, 'quoteRef'],
  return: [...FINANCIAL, 'total', 'purchaseRrn'],
  forward: [...FINANCIAL],
  reversal: [...LATE, 'total', ...ORIGINAL],
  advice: [...LATE, ...ORIGINAL],
  totals: ['terminal', 'merchant', 'stan', 'localTime', 'localDate', 'transmission'],
  network: ['terminal', 'stan', 'network'],
  goods: ['terminal', 'stan', 'merchant'],
};

function requestFaults(file: ProfileFile, spec: Spec): ProfileFault[] {
  const { layouts = {}, blocks = {}, requests } = file;
  const faults: ProfileFault[] = [];
  const served = new Map<string, string>();
  for (const [name, request] of Object.entries(requests)) {
    const at = ['requests', name];
    const say = (reason: string, ...below: (string | number)[]): void => {
      faults.push({ at: pointer([...at, ...below]), reason });
    };
    faults.push(...fieldFaults(request.fields ?? {}, [...at, 'fields'], spec, blocks));
    const { fields, derived } = flattened(request, layouts);
    faults.push(...fieldFaults(fields, at, spec, blocks).filter(({ reason }) => reason.includes('elsewhere')));
    const there = new Set([...namesIn(fields), ...Object.keys(derived)]);
    for (const needed of NEEDED[request.kind]) {
      if (!needed.split('|').some((each) => there.has(each)))
        say(`a ${request.kind} needs ${needed.replace('|', ' or ')}: place it, or derive it`);
    }
    for (const each of there) {
      const known = (REQUEST_NAMES as readonly string[]).includes(each);
      if (!known) say(`${each} is a value of answers`, 'fields');
    }
    const needsQuote = request.quote === 'needed' || request.amount === 'card';
    if (request.kind === 'purchase' && needsQuote && !there.has('quoteRef'))
      say('a purchase of a quote needs quoteRef');
    if (request.kind === 'quote' && (request.reserve ?? 'asked') === 'asked' && !there.has('reserve'))
      say('"asked" needs the value reserve; else say "always" or "never"', 'reserve');
    if (request.kind === 'totals' && [74, 75, 76, 77, 86, 87, 88, 89].some((de) => spec.fields[de]?.type !== 'n'))
      say(`the dialect has no totals: elements 74-77 and 86-89 must be digits`, 'kind');
    for (const mti of request.mti) {
      if (Number(mti[2]) % 2 === 1) say(`${mti} is an answer`, 'mti');
      if (!spec.mti.versions.includes(mti.charAt(0))) say(`the dialect has no MTI ${mti}`, 'mti');
      for (const code of request.processing ?? ['']) {
        const key = `${mti} ${code} ${request.with ?? ''}`;
        const other = served.get(key);
        if (other !== undefined) say(`is the same message as ${other}`);
        served.set(key, name);
      }
    }
    if (spec.fields[3] === undefined && request.processing !== undefined)
      say('the dialect has no element 3', 'processing');
    if (request.with !== undefined) {
      const { de, block } = parsePath(request.with);
      if (block !== undefined && blocks[String(de)] === undefined) say(`/blocks says nothing of element ${de}`, 'with');
    }
  }
  return faults;
}

/** The names of everything that stands in a layout. */
export function namesIn(fields: Fields): string[] {
  return Object.values(fields).flatMap((content) => {
    if (content === null) return [];
    if (typeof content === 'string') return [content];
    if ('value' in content) return [content.value];
    if ('list' in content) return content.list === 'basket' ? ['basket'] : [];
    if ('slices' in content)
      return content.slices.flatMap((part) =>
        Array.isArray(part) ? [typeof part[0] === 'string' ? part[0] : (part[0] as { value: string }).value] : [],
      );
    return [];
  });
}

/** Elements that the pipeline needs where ISO 8583 has them. */
const FIXED = [11, 39, 41];

function answerFaults({ layouts = {}, answers, blocks = {} }: ProfileFile, spec: Spec): ProfileFault[] {
  const faults: ProfileFault[] = [];
  for (const de of FIXED)
    if (spec.fields[de] === undefined) faults.push({ at: '/dialect', reason: `has no element ${de}` });
  if (spec.fields[64]?.type !== 'b') faults.push({ at: '/dialect', reason: 'has no MAC in element 64' });
  for (const [name, answer] of Object.entries(answers)) {
    const at = ['answers', name];
    faults.push(...fieldFaults(answer.fields ?? {}, [...at, 'fields'], spec, blocks));
    const { fields } = flattened(answer, layouts);
    for (const each of namesIn(fields)) {
      if (!(ANSWER_NAMES as readonly string[]).includes(each))
        faults.push({ at: pointer([...at, 'fields']), reason: `${each} is a value of requests` });
    }
    if (fields['39'] === undefined)
      faults.push({ at: pointer([...at, 'fields']), reason: 'has no response code in 39' });
    const echo = answer.echo ?? [];
    for (const de of [11, 41])
      if (!echo.includes(de) && fields[String(de)] === undefined)
        faults.push({ at: pointer([...at, 'echo']), reason: `must have ${de}: without it an answer answers nothing` });
    for (const [n, de] of echo.entries())
      if (spec.fields[de] === undefined)
        faults.push({ at: pointer([...at, 'echo', n]), reason: `the dialect has no element ${de}` });
  }
  return faults;
}

/** Every code of ours has one on the wire, and that means the same to the device: an approval stays one. */
function codeFaults({ codes = {}, answers }: ProfileFile): ProfileFault[] {
  const faults: ProfileFault[] = [];
  const maps: [readonly string[], Readonly<Record<string, string>>][] = [
    [['codes', 'out'], codes.out ?? {}],
    ...Object.entries(answers).map(([name, answer]): [string[], Record<string, string>] => [
      ['answers', name, 'codes'],
      { ...codes.out, ...answer.codes },
    ]),
  ];
  for (const [at, out] of maps) {
    for (const own of Object.keys(out))
      if (!CANONICAL_CODES.includes(own))
        faults.push({ at: pointer([...at, own]), reason: 'is no response code of ours' });
    for (const own of CANONICAL_CODES) {
      const wire = out[own] ?? own;
      const back = codes.in?.[wire] ?? (CANONICAL_CODES.includes(wire) ? wire : undefined);
      if (back === undefined) {
        faults.push({ at: pointer([...at, own]), reason: `"${wire}" has no way back: /codes/in does not name it` });
      } else if (APPROVED.has(back) !== APPROVED.has(own)) {
        faults.push({
          at: pointer([...at, own]),
          reason: `"${wire}" comes back as ${back}: an approval and a refusal would be one`,
        });
      }
    }
  }
  for (const [wire, own] of Object.entries(codes.in ?? {}))
    if (!CANONICAL_CODES.includes(own))
      faults.push({ at: pointer(['codes', 'in', wire]), reason: `"${own}" is no response code of ours` });
  return faults;
}

function assumedFaults(file: ProfileFile): ProfileFault[] {
  return (file.assumed ?? []).flatMap(({ at }, n) => {
    let value: unknown = file;
    for (const key of at
      .slice(1)
      .split('/')
      .map((each) => each.replaceAll('~1', '/').replaceAll('~0', '~')))
      value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
    return value === undefined ? [{ at: pointer(['assumed', n, 'at']), reason: `there is nothing at ${at}` }] : [];
  });
}
