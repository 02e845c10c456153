import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { MoneyUnit, Reading } from '../../../field/money-unit.ts';
import { Allowance } from '../../../ops/allowance.ts';
import { tehran, type Clock, type Timer } from '../../../ops/clock.ts';
import { POS_FAULTS, type Pos, type PosDevice } from '../../../pos/index.ts';
import { cookieOf, setCookie } from '../../cookies.ts';
import type { Door } from '../../door.ts';
import type { Form } from '../../forms.ts';
import { html } from '../../html.ts';
import { t } from '../../language.ts';
import { amountIn, deviceReading, unitsByDay, type Say } from '../../units.ts';
import { posIntro, posSection } from './page.ts';

const COOKIE = '__Host-pos';
/** Devices that one address takes, and keys that it presses. */
const DEVICES = [1 / 10, 12] as const;
const KEYS = [25, 200] as const;
/** A key that asks the centre waits for its answer so long; then the page looks again by itself. */
const WAIT_MS = 700;

type Timers = Pick<Clock, 'after' | 'cancel'>;

/** `/pos`: a drawn device with everything behind it. Only a demo has it: without `pos` there is no such page. */
export function posRoutes(server: FastifyInstance, door: Door, pos: Pos, clock: Timers): void {
  const [devices, keys] = [DEVICES, KEYS].map(([rate, saved]) => new Allowance(rate, saved, door.clock)) as [Allowance, Allowance]; // prettier-ignore
  const units = unitsByDay(door);
  server.get('/pos', async (request, reply) => {
    const token = cookieOf(request, COOKIE) ?? '';
    const device = pos.find(token) ?? taken(door, request, reply, pos, devices);
    if (device === undefined) return full(door, request, reply);
    await settled(clock, device);
    return draw(door, request, reply, device, await units());
  });
  server.post('/pos', async (request, reply) => {
    const form = door.form(request);
    const device = pos.find(cookieOf(request, COOKIE) ?? '');
    if (device !== undefined && keys.take(request.ip)) {
      press(device, form);
      await settled(clock, device);
    }
    return door.redirect(reply, '/pos');
  });
}

function taken(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  pos: Pos,
  devices: Allowance,
): PosDevice | undefined {
  if (!devices.take(request.ip)) return undefined;
  const token = door.random.bytes(18).toString('base64url');
  const device = pos.enter(token);
  if (device !== undefined) setCookie(reply, COOKIE, token);
  return device;
}

/** One key of one form. What was pressed on a picture that is gone, such as a form sent twice, does nothing. */
function press(device: PosDevice, form: Form): void {
  if (form.get('turn') !== String(device.view().turn)) return;
  const fault = POS_FAULTS.find((each) => each === form.get('fault'));
  if (fault !== undefined) device.toggle(fault);
  else if (form.has('good')) device.scan(form.get('good'));
  else if (form.has('card')) device.insert(Number(/^\d{1,4}$/.exec(form.get('card'))?.[0] ?? 0));
  else if (form.has('pin')) device.typePin();
  else device.press(form.get('key'));
}

/** Waits a moment for an answer of the centre that is on its way. */
async function settled(clock: Timers, device: PosDevice): Promise<void> {
  if (device.view().screen.at !== 'busy') return;
  let timer: Timer | undefined;
  const late = new Promise<void>((done) => {
    timer = clock.after(WAIT_MS, done);
  });
  await Promise.race([device.idle(), late]);
  clock.cancel(timer);
}

function draw(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  device: PosDevice,
  byDay: (day: string) => Reading,
): Promise<FastifyReply> {
  const language = door.languageOf(request);
  const title = t(language, { fa: 'پایانهٔ فروش نمایشی', en: 'A point of sale to try' });
  const view = device.view();
  const said = (unit: MoneyUnit, at: number): Say => {
    const reading = deviceReading(unit, byDay(tehran(at).isoDate));
    return (rials) => amountIn(language, reading, rials);
  };
  const section = posSection({
    ...{ language, view, csrf: door.csrfField(reply) },
    money: said(view.unit, door.clock.now()),
    printed: ({ unit, at }) => said(unit, at),
  });
  const body = html`<h1>${title}</h1>
    ${posIntro(language)} ${section}`;
  return door.render(reply, { title, body, width: 'wide', scripts: ['pos.js'] });
}

function full(door: Door, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const language = door.languageOf(request);
  const title = t(language, { fa: 'همهٔ پایانه‌ها در دست دیگران است', en: 'All devices are in use' });
  const body = html`<h1>${title}</h1>
    <p>${t(language, { fa: 'چند دقیقهٔ دیگر صفحه را تازه کنید.', en: 'Reload the page in some minutes.' })}</p>`;
  return door.render(reply.header('retry-after', '120'), { title, body, status: 503 });
}
