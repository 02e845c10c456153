import type { FastifyInstance, FastifyReply } from 'fastify';
import { COMPLAINT_KINDS, complaintsOfShop, fileComplaint } from '../../../complaints/index.ts';
import { GatewayError } from '../../../ops/errors.ts';
import { byOwner } from '../../../owners/index.ts';
import type { Door } from '../../door.ts';
import { choiceOf, fieldOf, summaryOf, type FieldFault } from '../../fields.ts';
import type { Form } from '../../forms.ts';
import { html } from '../../html.ts';
import { t } from '../../language.ts';
import { actByForm } from '../complaint-act.ts';
import { actForms, plainDigits, toldOf } from '../complain.ts';
import { complaintCard, KIND } from '../complaint-words.ts';
import { shopPage } from './frame.ts';
import { visit, type Visit } from './own.ts';

/** `/shop/<merchant>/complaints`: what a shop complains about, each purchase by its RRN. */
export function shopComplaintRoutes(server: FastifyInstance, door: Door): void {
  server.get('/shop/:merchant/complaints', (request, reply) => visit(door, request, reply, (here) => listPage(here)));
  server.post('/shop/:merchant/complaints', (request, reply) =>
    visit(door, request, reply, (here) => file(here, door.form(request))),
  );
  server.post<{ Params: { id: string } }>('/shop/:merchant/complaints/:id', (request, reply) =>
    visit(door, request, reply, (here) => act(here, request.params.id, door.form(request))),
  );
}

/** What a shop complains about. */
const KINDS = COMPLAINT_KINDS.filter((kind) => kind === 'not_paid' || kind === 'amount');

async function file(here: Visit, form: Form): Promise<FastifyReply> {
  const { door, request, shop, owner, now, base, language } = here;
  const kind = KINDS.find((each) => each === form.get('kind'));
  const [rrn, terminal] = [plainDigits(form.get('rrn')), plainDigits(form.get('terminal'))];
  const faults: FieldFault[] = [];
  const fault = (name: keyof typeof LABEL, fa: string, en: string): void => {
    faults.push({ name, label: t(language, LABEL[name]), text: t(language, { fa, en }) });
  };
  if (kind === undefined) fault('kind', 'یکی را برگزینید.', 'Choose one.');
  if (!/^\d{12}$/.test(rrn)) fault('rrn', 'شمارهٔ مرجع ۱۲ رقم دارد.', 'The reference number has 12 digits.');
  if (!/^\d{8}$/.test(terminal)) fault('terminal', 'شمارهٔ پایانه ۸ رقم دارد.', 'The terminal number has 8 digits.');
  if (faults.length > 0 || kind === undefined) return listPage(here, form, faults);
  const told = form.get('text').trim().slice(0, 500);
  const kept = await here.act((db) =>
    fileComplaint(
      db,
      { rrn, terminal, merchant: shop.merchant },
      { kind, filedBy: 'shop', mobile: owner.mobile, told },
      byOwner(owner, request.id),
      now,
    ),
  );
  if (kept === undefined) {
    fault(
      'rrn',
      'در این فروشگاه فروشی با این شمارهٔ مرجع و پایانه پیدا نشد.',
      'This shop has no sale with that reference and terminal.',
    );
    return listPage(here, form, faults);
  }
  return door.redirect(here.reply, `${base}/complaints`);
}

async function act(here: Visit, id: string, form: Form): Promise<FastifyReply> {
  const { door, request, reply, shop, owner, base } = here;
  const own = (await complaintsOfShop(door.pool(), shop.merchant)).find((each) => each.id === id);
  if (own === undefined) throw new GatewayError('public.unknown', 'There is no such complaint of this shop.');
  await actByForm(door, own, form, byOwner(owner, request.id));
  return door.redirect(reply, `${base}/complaints`);
}

const LABEL = {
  kind: { fa: 'چه شد؟', en: 'What happened?' },
  rrn: { fa: 'شمارهٔ مرجع', en: 'Reference number (RRN)' },
  terminal: { fa: 'شمارهٔ پایانه', en: 'Terminal number' },
} as const;

async function listPage(here: Visit, form?: Form, faults: readonly FieldFault[] = []): Promise<FastifyReply> {
  const { language, door, shop, base, reply, now } = here;
  const complaints = await complaintsOfShop(door.pool(), shop.merchant);
  const value = (name: string): string => form?.get(name) ?? '';
  const number = (name: 'rrn' | 'terminal', maxlength: number) =>
    fieldOf({
      name,
      label: t(language, LABEL[name]),
      value: value(name),
      faults,
      inputmode: 'numeric',
      ltr: true,
      required: true,
      maxlength,
    });
  const options = KINDS.map((kind) => ({ value: kind, label: t(language, KIND[kind]) }));
  const body = html`${summaryOf(language, faults)}
    ${complaints.map((each) => {
      const told = toldOf(each, now);
      return complaintCard(language, told, actForms(language, told, `${base}/complaints/${each.id}`, door.csrfField(reply)));
    })}
    <h2>${t(language, { fa: 'شکایت تازه', en: 'A new complaint' })}</h2>
    <p>${t(language, { fa: 'سامانه همان لحظه می‌گوید پول این فروش کجاست و منتظر کیست.', en: 'The system says at once where the money of the sale is, and whom it waits on.' })}</p>
    <form method="post" action="${base}/complaints">${door.csrfField(reply)}
      ${choiceOf({ name: 'kind', label: t(language, LABEL.kind), value: value('kind'), faults, options })}
      ${number('rrn', 20)} ${number('terminal', 14)}
      ${fieldOf({ name: 'text', label: t(language, { fa: 'توضیح (اختیاری)', en: 'In your words (optional)' }), value: value('text'), faults, type: 'textarea', maxlength: 500 })}
      <button class="button">${t(language, { fa: 'ثبت شکایت', en: 'Send' })}</button>
    </form>`; // prettier-ignore
  return shopPage(here, '/complaints', t(language, { fa: 'شکایت‌ها', en: 'Complaints' }), body);
}
