import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import {
  endSession,
  masked,
  mobileOf,
  redeemCode,
  requestCode,
  type OwnerKeys,
  type Wait,
} from '../../owners/index.ts';
import { cookieOf, setCookie } from '../cookies.ts';
import type { Door } from '../door.ts';
import { fieldOf, summaryOf, type FieldFault } from '../fields.ts';
import { html } from '../html.ts';
import { lengthOf, ltr, t, type Language, type Text } from '../language.ts';
import { safePath } from '../paths.ts';

export const SESSION_COOKIE = '__Host-owner';

/** An owner signs in with a mobile and a code that is sent to it; nothing else is asked, and nobody learns whether it is known. */
export function signInRoutes(server: FastifyInstance, door: Door, keys: OwnerKeys): void {
  server.get<{ Querystring: { back?: unknown } }>('/sign-in', async (request, reply) => {
    const back = safePath(request.query.back);
    if ((await door.ownerOf(request)) !== undefined) return door.redirect(reply, back);
    return mobilePage(door, request, reply, { back, mobile: '' });
  });
  server.post('/sign-in', async (request, reply) => {
    const form = door.form(request);
    const back = safePath(form.get('back'));
    const typed = form.get('mobile');
    const mobile = mobileOf(typed);
    if (mobile === undefined) return mobilePage(door, request, reply, { back, mobile: typed, fault: NO_MOBILE });
    const purpose = back.startsWith('/shop') ? ('shop' as const) : ('apply' as const);
    const { id: requestId, ip: address } = request;
    const asked = { mobile, purpose, address, keys, language: door.languageOf(request), requestId };
    const sent = await orWait(transaction(door.pool(), (db) => requestCode(db, asked, door.clock.now(), door.random)));
    if ('fault' in sent) return mobilePage(door, request, reply, { back, mobile: typed, fault: sent.fault });
    return codePage(door, request, reply, { back, mobile, challenge: sent.done.challenge });
  });
  server.post('/sign-in/code', async (request, reply) => {
    const form = door.form(request);
    const back = safePath(form.get('back'));
    const [challenge, code, mobile] = [form.get('challenge'), form.get('code'), mobileOf(form.get('mobile')) ?? ''];
    const { id: requestId, ip: address } = request;
    const given = { challenge, code, keys, address, requestId };
    const redeemed = await orWait(
      transaction(door.pool(), (db) => redeemCode(db, given, door.clock.now(), door.random)),
    );
    if ('fault' in redeemed || redeemed.done === undefined) {
      const fault = 'fault' in redeemed ? redeemed.fault : WRONG_CODE;
      return codePage(door, request, reply, { back, mobile, challenge, fault });
    }
    setCookie(reply, SESSION_COOKIE, redeemed.done.token);
    return door.redirect(reply, back);
  });
  server.post('/sign-out', async (request, reply) => {
    door.form(request);
    const token = cookieOf(request, SESSION_COOKIE);
    if (token !== undefined) await endSession(door.pool(), token, door.clock.now());
    setCookie(reply, SESSION_COOKIE, '', { maxAgeS: 0 });
    return door.redirect(reply, '/');
  });
}

const NO_MOBILE: Text = {
  fa: 'شماره همراه ۱۱ رقم دارد و با ۰۹ آغاز می‌شود.',
  en: 'A mobile number has 11 digits and begins with 09.',
};
const WRONG_CODE: Text = {
  fa: 'این کد درست نیست یا زمان آن گذشته است. آن را با پیامک بسنجید، یا کد تازه بخواهید.',
  en: 'The code is wrong, or its time is over. Compare it with the SMS, or ask for another.',
};

/** What was done; or, where too many codes were asked for or tried, how long to wait. */
async function orWait<T>(work: Promise<T>): Promise<{ readonly done: T } | { readonly fault: Text }> {
  try {
    return { done: await work };
  } catch (error) {
    if (!(error instanceof GatewayError && error.code === 'owners.wait')) throw error;
    const { waitMs } = error as Wait;
    return {
      fault: {
        fa: `برای این شماره یا از این اینترنت کدهای زیادی خواسته یا آزموده شده است. ${lengthOf('fa', waitMs)} دیگر دوباره تلاش کنید.`,
        en: `Too many codes were asked for or tried with this number or from this connection. Try again in ${lengthOf('en', waitMs)}.`,
      },
    };
  }
}

interface Typed {
  readonly back: string;
  readonly mobile: string;
  readonly fault?: Text;
}

function faultsOf(language: Language, name: string, label: Text, fault: Text | undefined): FieldFault[] {
  return fault === undefined ? [] : [{ name, label: t(language, label), text: t(language, fault) }];
}

const MOBILE: Text = { fa: 'شماره همراه', en: 'Mobile number' };
const CODE: Text = { fa: 'کد پیامک‌شده', en: 'Code from the SMS' };

function mobilePage(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  { back, mobile, fault }: Typed,
): Promise<FastifyReply> {
  const language = door.languageOf(request);
  const faults = faultsOf(language, 'mobile', MOBILE, fault);
  const title = t(language, { fa: 'شماره همراه شما', en: 'Your mobile number' });
  const body = html`<h1>${title}</h1>
    ${summaryOf(language, faults)}
    <p>
      ${t(language, { fa: 'کدی به همین شماره پیامک می‌شود. گذرواژه‌ای در کار نیست.', en: 'A code is sent to it by SMS. There is no password.' })}
    </p>
    <form method="post" action="/sign-in">
      ${door.csrfField(reply)}<input type="hidden" name="back" value="${back}" />
      ${fieldOf({ name: 'mobile', label: t(language, MOBILE), value: mobile, faults, type: 'tel', ltr: true, autocomplete: 'tel-national', required: true, help: t(language, { fa: 'به نام خود مالک؛ مانند ۰۹۱۲۱۲۳۴۵۶۷', en: 'In the owner’s own name, as 09121234567' }) })}
      <button class="button">${t(language, { fa: 'فرستادن کد', en: 'Send the code' })}</button>
    </form>`; // prettier-ignore
  return door.render(reply, { title, body, ...(fault === undefined ? {} : { status: 422 }) });
}

function codePage(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  { back, mobile, challenge, fault }: Typed & { challenge: string },
): Promise<FastifyReply> {
  const language = door.languageOf(request);
  const faults = faultsOf(language, 'code', CODE, fault);
  const title = t(language, { fa: 'کد پیامک‌شده را بنویسید', en: 'Type the code from the SMS' });
  const body = html`<h1>${title}</h1>
    ${summaryOf(language, faults)}
    <p>${t(language, { fa: 'کد به این شماره رفت:', en: 'It was sent to' })} ${ltr(masked(mobile))}</p>
    <form method="post" action="/sign-in/code">
      ${door.csrfField(reply)}<input type="hidden" name="back" value="${back}" /><input type="hidden" name="challenge" value="${challenge}" /><input type="hidden" name="mobile" value="${mobile}" />
      ${fieldOf({ name: 'code', label: t(language, CODE), value: '', faults, inputmode: 'numeric', ltr: true, autocomplete: 'one-time-code', required: true, help: t(language, { fa: 'آن را به هیچ‌کس نگویید؛ همکاران ما هم آن را نمی‌پرسند.', en: 'Tell it to nobody; our colleagues do not ask for it either.' }) })}
      <button class="button">${t(language, { fa: 'ادامه', en: 'Go on' })}</button>
    </form>
    <form method="post" action="/sign-in">
      ${door.csrfField(reply)}<input type="hidden" name="back" value="${back}" /><input type="hidden" name="mobile" value="${mobile}" />
      <button class="link">${t(language, { fa: 'پیامک نیامد؛ کد تازه بفرست', en: 'No SMS came: send another code' })}</button>
    </form>`; // prettier-ignore
  return door.render(reply, { title, body, ...(fault === undefined ? {} : { status: 422 }) });
}
