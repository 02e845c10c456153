import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { digitsOf } from '../../../field/persian.ts';
import { tehran } from '../../../ops/clock.ts';
import { transaction } from '../../../ops/database.ts';
import { GatewayError } from '../../../ops/errors.ts';
import type { Owner } from '../../../owners/index.ts';
import {
  actOnOwnCase,
  beginOwnCase,
  fieldDevice,
  isWithApplicant,
  missingPapers,
  ownCase,
  ownCases,
  positionOf,
  shopRules,
  type KeptCase,
  type OwnRequest,
  type ValueFaults,
} from '../../../shops/index.ts';
import type { Door } from '../../door.ts';
import { choiceOf, fieldOf, summaryOf, type FieldFault } from '../../fields.ts';
import type { Form } from '../../forms.ts';
import { html } from '../../html.ts';
import { ltr, t, type Language, type Text } from '../../language.ts';
import { paperFault, stepPage } from './step-page.ts';
import { itemOf, stepsOf, STEPS, type Step } from './steps.ts';
import { summaryPage } from './summary-page.ts';

interface CaseParams {
  readonly number: string;
}
interface StepParams extends CaseParams {
  readonly step: string;
}

/** `/apply`: a shop applies in small steps. The mobile is proved first; what is kept is a draft that any device goes on with. */
export function applyRoutes(server: FastifyInstance, door: Door): void {
  server.get('/apply', async (request, reply) => {
    const owner = await door.demandOwner(request, reply);
    if (owner === undefined) return reply;
    const drafts = (await ownCases(door.pool(), owner)).filter(({ state }) => state === 'DRAFT');
    return drafts.length === 0 ? door.redirect(reply, '/apply/new') : draftsPage(door, reply, drafts);
  });
  server.get<{ Querystring: { guild?: unknown } }>('/apply/new', async (request, reply) => {
    const owner = await door.demandOwner(request, reply);
    if (owner === undefined) return reply;
    const guild = typeof request.query.guild === 'string' ? request.query.guild : '';
    return beginPage(door, reply, { name: '', guild, key: door.random.bytes(16).toString('hex') });
  });
  server.post('/apply/new', async (request, reply) => {
    const owner = await door.demandOwner(request, reply);
    if (owner === undefined) return reply;
    return begin(door, request, reply, owner);
  });
  server.get<{ Params: CaseParams }>('/apply/:number', async (request, reply) => {
    const owner = await door.demandOwner(request, reply);
    if (owner === undefined) return reply;
    const kept = await ownCase(door.pool(), request.params.number, owner);
    if (kept.facts.submittedAt !== undefined) return door.redirect(reply, `/case/${kept.number}`);
    return summaryPage(door, reply, kept);
  });
  server.post<{ Params: CaseParams }>('/apply/:number', async (request, reply) => {
    const owner = await door.demandOwner(request, reply);
    if (owner === undefined) return reply;
    const { number } = request.params;
    const said = await attempt(door, request, owner, number, { kind: 'submit' });
    if (said.kind === 'done') return door.redirect(reply, `/case/${number}`);
    return summaryPage(door, reply, await ownCase(door.pool(), number, owner), said.kind);
  });
  server.get<{ Params: StepParams }>('/apply/:number/:step', async (request, reply) => {
    const owner = await door.demandOwner(request, reply);
    if (owner === undefined) return reply;
    const kept = await ownCase(door.pool(), request.params.number, owner);
    const step = openStep(kept, request.params.step, door.clock.now());
    return step === undefined ? door.redirect(reply, `/case/${kept.number}`) : stepPage(door, reply, kept, step);
  });
  server.post<{ Params: StepParams }>('/apply/:number/:step', async (request, reply) => {
    const owner = await door.demandOwner(request, reply);
    if (owner === undefined) return reply;
    return fill(door, request, reply, owner);
  });
}

/** @returns undefined: nothing is asked of the applicant there */
function openStep(kept: KeptCase, name: string, now: number): Step | undefined {
  const step = stepsOf(kept).find(({ code }) => code === name);
  const item = step === undefined ? undefined : itemOf(kept, step.code);
  if (item === undefined) return undefined;
  const { state } = positionOf(kept.facts, now);
  return state === 'DRAFT' || (state === 'RETURNED' && isWithApplicant(item)) ? step : undefined;
}

type Attempt =
  | { readonly kind: 'done'; readonly kept: KeptCase }
  | { readonly kind: 'stale' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'faults'; readonly faults: ValueFaults['faults'] };

async function attempt(
  door: Door,
  request: FastifyRequest,
  owner: Owner,
  number: string,
  what: OwnRequest,
): Promise<Attempt> {
  const form = door.form(request);
  const version = (name: string): number => Number(/^\d{1,9}$/.exec(form.get(name))?.[0] ?? '-1');
  const shown = { number, seen: version('seen'), item: version('item') };
  try {
    const kept = await transaction(door.pool(), (db) =>
      actOnOwnCase(db, shown, what, owner, door.clock.now(), request.id),
    );
    return { kind: 'done', kept };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === 'shops.stale') return { kind: 'stale' };
    if (error.code === 'shops.refused') return { kind: 'refused' };
    if (error.code === 'shops.value') return { kind: 'faults', faults: (error as ValueFaults).faults };
    throw error;
  }
}

async function fill(
  door: Door,
  request: FastifyRequest<{ Params: StepParams }>,
  reply: FastifyReply,
  owner: Owner,
): Promise<FastifyReply> {
  const { number } = request.params;
  const form = door.form(request);
  const language = door.languageOf(request);
  const step = STEPS.find(({ code }) => code === request.params.step);
  if (step === undefined) return door.redirect(reply, `/case/${number}`);
  const typed = typedIn(step, form);
  const now = door.clock.now();
  const page = async (state: Parameters<typeof stepPage>[4]) => {
    const kept = await ownCase(door.pool(), number, owner);
    const open = openStep(kept, step.code, now);
    if (open === undefined) return door.redirect(reply, `/case/${number}`);
    return stepPage(door, reply, kept, open, { typed, ...state });
  };
  if (step.code === 'terminal' && typed['wish'] === 'own' && typed['serial'] === undefined) {
    const asked = digitsOf(typed['number'] ?? '');
    const device = /^\d{8}$/.test(asked) ? ((await fieldDevice(door.pool(), asked)) ?? null) : undefined;
    if (device !== undefined && device !== null)
      return page({ typed: { ...typed, serial: device.serial, model: device.model }, device });
    if (device === null) return page({ device });
  }
  const said = await attempt(door, request, owner, number, { kind: 'fill', code: step.code, value: typed });
  if (said.kind === 'faults') return page({ faults: said.faults.map((fault) => faultOf(language, step, fault)) });
  if (said.kind === 'stale') return page({ stale: true });
  if (said.kind === 'refused') return door.redirect(reply, `/case/${number}`);
  const missing = missingPapers(said.kept, step.code);
  if (missing.length > 0) return page({ faults: missing.map((paper) => paperFault(language, paper)) });
  return door.redirect(reply, nextPath(said.kept, step, now));
}

/** What a step's form holds, as it was typed. */
function typedIn(step: Step, form: Form): Record<string, string> {
  const names = [...step.fields.map(({ name }) => name), ...(step.code === 'terminal' ? ['wish'] : [])];
  const values = Object.fromEntries(
    names.flatMap((name) => (form.get(name).trim() === '' ? [] : [[name, form.get(name).trim()] as const])),
  );
  return step.code === 'terminal' && values['wish'] === 'new' ? { wish: 'new' } : values;
}

function faultOf(language: Language, step: Step, { field, fa, en }: ValueFaults['faults'][number]): FieldFault {
  const label = field === 'wish' ? { fa: 'کارت‌خوان', en: 'Terminal' } : (step.fields.find(({ name }) => name === field)?.label ?? { fa: field, en: field }); // prettier-ignore
  const choose = { fa: 'یکی را برگزینید', en: 'choose one' };
  const accept = { fa: 'برای ادامه باید شرایط را بپذیرید', en: 'accept the terms to go on' };
  const text = field === 'wish' ? choose : field === 'version' ? accept : { fa, en };
  return { name: field, label: t(language, label), text: t(language, text) };
}

/** The next step that is not done, in their order and then from the first; where none is left, what follows. */
function nextPath(kept: KeptCase, step: Step, now: number): string {
  const steps = stepsOf(kept);
  const at = steps.findIndex(({ code }) => code === step.code);
  const next = [...steps.slice(at + 1), ...steps.slice(0, at)].find(({ code }) => {
    const item = itemOf(kept, code);
    return item !== undefined && openStep(kept, code, now) !== undefined && isWithApplicant(item);
  });
  if (next !== undefined) return `/apply/${kept.number}/${next.code}`;
  return kept.facts.submittedAt === undefined ? `/apply/${kept.number}` : `/case/${kept.number}`;
}

function draftsPage(
  door: Door,
  reply: FastifyReply,
  drafts: readonly { readonly number: string; readonly name: string }[],
): Promise<FastifyReply> {
  const language = door.languageOf(reply.request);
  const title = t(language, { fa: 'درخواست‌های ناتمام شما', en: 'Your unfinished applications' });
  const body = html`<h1>${title}</h1>
    ${drafts.map(({ number, name }) => html`<div class="card"><h2>${name}</h2><p>${t(language, { fa: 'پرونده', en: 'Case' })} ${ltr(number)}</p><p><a class="button" href="/apply/${number}">${t(language, { fa: 'ادامه', en: 'Go on' })}</a></p></div> `)}
    <p><a href="/apply/new">${t(language, { fa: 'درخواست برای فروشگاه دیگر', en: 'Apply for another shop' })}</a></p>`; // prettier-ignore
  return door.render(reply, { title, body });
}

interface Begun {
  readonly name: string;
  readonly guild: string;
  readonly key: string;
  readonly faults?: readonly FieldFault[];
}

const NAME: Text = { fa: 'نام فروشگاه', en: 'Name of the shop' };
const GUILD: Text = { fa: 'صنف', en: 'Guild' };

async function beginPage(
  door: Door,
  reply: FastifyReply,
  { name, guild, key, faults = [] }: Begun,
): Promise<FastifyReply> {
  const language = door.languageOf(reply.request);
  const rules = await shopRules(door.pool(), { day: tehran(door.clock.now()).isoDate });
  const title = t(language, { fa: 'درخواست تازه', en: 'A new application' });
  const body = html`<h1>${title}</h1>
    ${summaryOf(language, faults)}
    <form method="post" action="/apply/new" novalidate>
      ${door.csrfField(reply)}<input type="hidden" name="key" value="${key}" />
      ${fieldOf({ name: 'name', label: t(language, NAME), help: t(language, { fa: 'همان که روی تابلو و پروانه است', en: 'As on the sign and the licence' }), value: name, faults, required: true, autocomplete: 'organization' })}
      ${choiceOf({ name: 'guild', label: t(language, GUILD), value: guild, faults, help: t(language, { fa: 'صنفی که در پروانه آمده', en: 'The guild that the licence has' }), options: rules.guilds.map((one) => ({ value: one.code, label: t(language, one) })) })}
      <p>${t(language, { fa: 'صنف شما در این فهرست نیست؟', en: 'Yours is not among them?' })} <a href="/qualify">${t(language, { fa: 'ببینید چرا', en: 'See why' })}</a></p>
      <button class="button">${t(language, { fa: 'آغاز', en: 'Begin' })}</button>
    </form>`; // prettier-ignore
  return door.render(reply, { title, body, ...(faults.length === 0 ? {} : { status: 422 }) });
}

const BEGIN_FAULTS: Readonly<Record<string, readonly [field: string, label: Text, text: Text]>> = {
  'shops.name': ['name', NAME, { fa: '۲ تا ۱۰۰ نویسهٔ خوانا بنویسید', en: 'type 2 to 100 characters that can be read' }],
  'shops.guild': [
    'guild',
    GUILD,
    { fa: 'یکی از صنف‌های طرح را برگزینید', en: 'choose one of the guilds of the scheme' },
  ],
  'shops.many': [
    'name',
    NAME,
    {
      fa: 'با این شماره ۱۰ درخواست ناتمام هست؛ یکی را تمام کنید یا پس بگیرید',
      en: 'this mobile has 10 unfinished applications: finish or withdraw one',
    },
  ],
  'shops.again': [
    'name',
    NAME,
    {
      fa: 'پس از رد، زمان درخواست دوباره هنوز نرسیده است؛ تاریخ آن در پروندهٔ پیشین آمده',
      en: 'it is too early after the refusal; the case before says from when',
    },
  ],
};

async function begin(door: Door, request: FastifyRequest, reply: FastifyReply, owner: Owner): Promise<FastifyReply> {
  const form = door.form(request);
  const [name, guild] = [form.get('name'), form.get('guild')];
  const key = /^[0-9a-f]{32}$/.exec(form.get('key'))?.[0] ?? door.random.bytes(16).toString('hex');
  let kept: KeptCase;
  try {
    kept = await transaction(door.pool(), (db) =>
      beginOwnCase(db, { name, guild, key }, owner, door.clock.now(), request.id),
    );
  } catch (error) {
    const fault = error instanceof GatewayError ? BEGIN_FAULTS[error.code] : undefined;
    if (fault === undefined) throw error;
    const language = door.languageOf(request);
    const [field, label, text] = fault;
    const faults = [{ name: field, label: t(language, label), text: t(language, text) }];
    return await beginPage(door, reply, { name, guild, key, faults });
  }
  return door.redirect(reply, `/apply/${kept.number}/${stepsOf(kept)[0]?.code ?? ''}`);
}
