import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { transaction } from '../../../ops/database.ts';
import { GatewayError } from '../../../ops/errors.ts';
import type { OwnerKeys } from '../../../owners/index.ts';
import type { Practice } from '../../../practice/index.ts';
import {
  addStaff,
  CODE_DAYS,
  giveCode,
  LESSONS,
  MOST_NAME,
  removeStaff,
  staffOf,
  type Change,
  type StaffFault,
  type StaffMember,
} from '../../../training/index.ts';
import type { Door } from '../../door.ts';
import { fieldOf, summaryOf, type FieldFault } from '../../fields.ts';
import { html, type Html } from '../../html.ts';
import { dayOf, digits, ltr, t, type Text } from '../../language.ts';
import { enterAs } from '../learn/learner.ts';
import { shopPage } from './frame.ts';
import { visit, type Visit } from './own.ts';

export interface StaffOptions {
  readonly ownerKeys: OwnerKeys;
  readonly practice?: () => Practice | undefined;
}

const FAULTS: Readonly<Record<StaffFault, Text>> = {
  name: {
    fa: `نام را بنویسید، حداکثر ${digits('fa', MOST_NAME)} حرف.`,
    en: `Type a name of at most ${MOST_NAME} letters.`,
  },
  known: {
    fa: 'کسی با همین نام هست؛ نشانه‌ای به نام بیفزایید.',
    en: 'Somebody has that name: add something to tell them apart.',
  },
  full: {
    fa: 'بیش از این نمی‌شود؛ کسانی را که دیگر نیستند حذف کنید.',
    en: 'There are as many as there can be: remove who has left.',
  },
};

interface Shown {
  /** A code that was given just now, and to whom. */
  readonly given?: { readonly id: string; readonly code: string };
  readonly typed?: string;
  readonly fault?: Text;
}

/** `/shop/<merchant>/staff`: who works there, what they have learnt, and their practice codes. */
export function staffRoutes(server: FastifyInstance, door: Door, { ownerKeys, practice }: StaffOptions): void {
  const base = '/shop/:merchant/staff';
  server.get(base, (request, reply) => visit(door, request, reply, (here) => staffPage(here)));
  server.post(base, (request, reply) =>
    visit(door, request, reply, async (here) => {
      const typed = door.form(request).get('name');
      const added = await transaction(door.pool(), (db) => addStaff(db, typed, changeOf(here)));
      if ('fault' in added) return staffPage(here, { typed, fault: FAULTS[added.fault] });
      return door.redirect(reply, `${here.base}/staff`);
    }),
  );
  const about = (path: string, act: (here: Visit, staffId: string) => Promise<FastifyReply>): void => {
    server.post(`${base}/:staff/${path}`, (request: FastifyRequest, reply) =>
      visit(door, request, reply, (here) => {
        door.form(request);
        const { staff } = request.params as { staff: string };
        if (!/^\d{1,18}$/.test(staff)) throw unknown();
        return act(here, staff);
      }),
    );
  };
  about('code', async (here, staffId) => {
    const code = await transaction(door.pool(), (db) => giveCode(db, staffId, changeOf(here), ownerKeys, door.random));
    if (code === undefined) throw unknown();
    return staffPage(here, { given: { id: staffId, code } });
  });
  about('removal', async (here, staffId) => {
    await transaction(door.pool(), (db) => removeStaff(db, staffId, changeOf(here))); // twice is once
    return door.redirect(here.reply, `${here.base}/staff`);
  });
  about('practice', async (here, staffId) => {
    const open = practice?.();
    const own = (await staffOf(door.pool(), here.shop.merchant, here.now)).some(({ id }) => id === staffId);
    if (!own) throw unknown();
    if (open === undefined) return staffPage(here, { fault: CLOSED });
    const entered = await enterAs(door, here.request, here.reply, open, staffId);
    return entered === undefined ? staffPage(here, { fault: FULL }) : door.redirect(here.reply, '/learn');
  });
}

const CLOSED: Text = { fa: 'پایانهٔ تمرینی اینجا روشن نیست.', en: 'The practice terminal is not on here.' };
const FULL: Text = {
  fa: 'همهٔ پایانه‌های تمرینی در دست دیگران است. چند دقیقهٔ دیگر دوباره تلاش کنید.',
  en: 'All practice terminals are in use. Try again in some minutes.',
};

function unknown(): GatewayError {
  return new GatewayError('public.unknown', 'Nobody of this shop has that number.');
}

function changeOf({ shop, owner, request, now }: Visit): Change {
  return { merchant: shop.merchant, owner, requestId: request.id, now };
}

async function staffPage(here: Visit, { given, typed = '', fault }: Shown = {}): Promise<FastifyReply> {
  const { language, door, reply, base, shop, now } = here;
  const say = (text: Text): string => t(language, text);
  const staff = await staffOf(door.pool(), shop.merchant, now);
  const label = say({ fa: 'نام', en: 'Name' });
  const faults: FieldFault[] = fault === undefined ? [] : [{ name: 'name', label, text: say(fault) }];
  const body = html`${summaryOf(language, faults)}
    <p>${say({ fa: 'نام کسانی را که با پایانه کار می‌کنند بنویسید و به هر کدام کد تمرین بدهید. با آن کد، بی شماره همراه، در «آموزش» تمرین می‌کنند و درس‌ها به نامشان ثبت می‌شود. اگر خودتان هم می‌فروشید، نام خودتان را هم بیفزایید.', en: 'Name who works with the terminal, and give each a practice code. With it, and without a mobile, they practise under “Learn”, and their lessons are recorded. If you sell too, add yourself.' })}</p>
    ${staff.map((member) => cardOf(here, member, given))}
    ${staff.length === 0 && html`<p class="card wait">${say({ fa: 'هنوز کسی نام برده نشده است.', en: 'Nobody was named yet.' })}</p>`}
    <h2>${say({ fa: 'افزودن', en: 'Add' })}</h2>
    <form method="post" action="${base}/staff">${door.csrfField(reply)}
    ${fieldOf({ name: 'name', label, help: say({ fa: 'تنها نام؛ چیز دیگری لازم نیست', en: 'The name alone; nothing else is needed' }), value: typed, faults, maxlength: MOST_NAME, autocomplete: 'off' })}
    <button class="button">${say({ fa: 'افزودن', en: 'Add' })}</button></form>`; // prettier-ignore
  return shopPage(here, '/staff', say({ fa: 'کارکنان و آموزش', en: 'Staff and lessons' }), body);
}

function cardOf({ language, door, reply, base }: Visit, member: StaffMember, given: Shown['given']): Html {
  const say = (text: Text): string => t(language, text);
  const { id, name, finished, codeUntil } = member;
  const all = finished.size === LESSONS.length;
  const form = (path: string, text: Text, kind: string): Html =>
    html`<form method="post" action="${base}/staff/${id}/${path}">${door.csrfField(reply)}<button class="${kind}">${say(text)}<span class="hidden"> (${name})</span></button></form>`; // prettier-ignore
  const code = given?.id === id ? given.code.replace(/(\d{3})(\d{3})(\d{4})/, '$1 $2 $3') : undefined;
  return html`<div class="card ${all ? 'good' : 'wait'}">
    <h2>${name}</h2>
    <p>${say({ fa: `${digits('fa', finished.size)} از ${digits('fa', LESSONS.length)} درس`, en: `${finished.size} of ${LESSONS.length} lessons` })}${all && html` · ${say({ fa: 'تمام شد', en: 'finished' })} ${dayOf(language, Math.max(...finished.values()))}`}</p>
    ${code !== undefined && html`<p role="status">${say({ fa: 'کد تمرین:', en: 'Practice code:' })} <strong class="figure practice-code">${ltr(digits(language, code))}</strong>${say({ fa: `همین یک بار نشان داده می‌شود و ${digits('fa', CODE_DAYS)} روز کار می‌کند. در «آموزش» زده می‌شود.`, en: `It is shown this once, and works for ${CODE_DAYS} days, under “Learn”.` })}</p>`}
    ${code === undefined && codeUntil !== undefined && html`<p class="soft">${say({ fa: 'کد تمرین دارد، تا', en: 'Has a practice code until' })} ${dayOf(language, codeUntil)}</p>`}
    <div class="actions">${form('code', codeUntil === undefined ? { fa: 'کد تمرین', en: 'Practice code' } : { fa: 'کد تازه', en: 'Another code' }, 'second')}${form('practice', { fa: 'تمرین در همین دستگاه', en: 'Practise on this device' }, 'second')}${form('removal', { fa: 'حذف', en: 'Remove' }, 'danger')}</div>
  </div>`; // prettier-ignore
}
