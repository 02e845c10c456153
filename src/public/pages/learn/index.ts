import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { digitsOf } from '../../../field/persian.ts';
import { Allowance } from '../../../ops/allowance.ts';
import { GatewayError } from '../../../ops/errors.ts';
import type { OwnerKeys } from '../../../owners/index.ts';
import type { Practice } from '../../../practice/index.ts';
import { finishLesson, isLesson, staffMember, staffOfCode, type LessonCode } from '../../../training/index.ts';
import { cookieOf, setCookie } from '../../cookies.ts';
import type { Door } from '../../door.ts';
import type { Text } from '../../language.ts';
import { enterAs, PRACTICE_COOKIE, type Learner } from './learner.ts';
import { guideRoutes } from './guide.ts';
import { lessonPage } from './lesson-page.ts';
import { listPage } from './list-page.ts';
import { actOf } from './terminal.ts';

export interface LearnOptions {
  readonly practice?: () => Practice | undefined;
  readonly ownerKeys: OwnerKeys;
  readonly supportPhones?: string;
}

/** Of one address: practice codes that are tried, terminals that are taken, keys that are pressed. A shop's people share one. */
const CODES = [1 / 30, 10] as const;
const SEATS = [1 / 20, 20] as const;
const ACTS = [3, 60] as const;

/** `/learn`: eight lessons that anybody may read, each with a task on the drawn terminal. */
export function learnRoutes(server: FastifyInstance, door: Door, options: LearnOptions): void {
  const practiceOf = (): Practice | undefined => options.practice?.();
  const [codes, seats, acts] = [CODES, SEATS, ACTS].map(([rate, saved]) => new Allowance(rate, saved, door.clock)) as [Allowance, Allowance, Allowance]; // prettier-ignore
  const learnerOf = async (request: FastifyRequest): Promise<Learner> => {
    const token = cookieOf(request, PRACTICE_COOKIE);
    const seat = token === undefined ? undefined : await practiceOf()?.find(token);
    const staff =
      seat?.staffId === undefined ? undefined : await staffMember(door.pool(), seat.staffId, door.clock.now());
    return { seat, staff };
  };
  const list = async (request: FastifyRequest, reply: FastifyReply, fault?: Text): Promise<FastifyReply> =>
    listPage({ door, request, reply, ...(await learnerOf(request)), open: practiceOf() !== undefined, fault });

  server.get('/learn', (request, reply) => list(request, reply));
  guideRoutes(server, door, options.supportPhones ?? '');
  server.post('/learn/enter', async (request, reply) => {
    const code = digitsOf(door.form(request).get('code').slice(0, 40));
    const practice = practiceOf();
    if (practice === undefined) return list(request, reply);
    if (!codes.take(request.ip)) return list(request, reply, TOO_OFTEN);
    const staffId = await staffOfCode(door.pool(), code, options.ownerKeys, door.clock.now());
    if (staffId === undefined) return list(request, reply, NO_CODE);
    return (await enterAs(door, request, reply, practice, staffId))
      ? door.redirect(reply, '/learn')
      : list(request, reply, FULL);
  });
  server.post('/learn/leave', async (request, reply) => {
    door.form(request);
    const token = cookieOf(request, PRACTICE_COOKIE);
    if (token !== undefined) await practiceOf()?.leave(token);
    setCookie(reply, PRACTICE_COOKIE, '', { maxAgeS: 0 });
    return door.redirect(reply, '/learn');
  });
  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    lesson: LessonCode,
    fault?: Text,
  ): Promise<FastifyReply> => {
    const { seat, staff } = await learnerOf(request);
    const practice = practiceOf();
    const at = seat?.lesson === lesson ? await practice?.look(seat) : undefined;
    return lessonPage({ door, request, reply, lesson, seat, staff, at, open: practice !== undefined, fault });
  };
  server.get<{ Params: { lesson: string } }>('/learn/:lesson', (request, reply) =>
    show(request, reply, lessonOf(request.params.lesson)),
  );
  server.post<{ Params: { lesson: string } }>('/learn/:lesson/begin', async (request, reply) => {
    door.form(request);
    const lesson = lessonOf(request.params.lesson);
    const practice = practiceOf();
    if (practice === undefined) return show(request, reply, lesson);
    let { seat } = await learnerOf(request);
    if (!acts.take(request.ip)) return show(request, reply, lesson, TOO_OFTEN);
    if (seat === undefined) {
      if (!seats.take(request.ip)) return show(request, reply, lesson, TOO_OFTEN);
      const token = await enterAs(door, request, reply, practice, undefined);
      seat = token === undefined ? undefined : await practice.find(token);
      if (seat === undefined) return show(request, reply, lesson, FULL);
    }
    await practice.begin(seat, lesson);
    return door.redirect(reply, `/learn/${lesson}#practice`);
  });
  server.post<{ Params: { lesson: string } }>('/learn/:lesson/terminal', async (request, reply) => {
    const form = door.form(request);
    const lesson = lessonOf(request.params.lesson);
    const practice = practiceOf();
    const { seat } = await learnerOf(request);
    if (practice === undefined || seat?.lesson !== lesson) return door.redirect(reply, `/learn/${lesson}#practice`);
    const act = actOf(form, lesson);
    if ('fault' in act) return show(request, reply, lesson, act.fault);
    if (!acts.take(request.ip)) return show(request, reply, lesson, TOO_OFTEN);
    const seen = Number(/^\d{1,4}$/.exec(form.get('seen'))?.[0] ?? -1);
    const result = await practice.act({ ...seat, acts: seen }, act);
    if (result === 'spent') return show(request, reply, lesson, SPENT);
    if (result !== 'busy' && result.finished && seat.staffId !== undefined)
      await finishLesson(door.pool(), seat.staffId, lesson, door.clock.now());
    return door.redirect(reply, `/learn/${lesson}#practice`);
  });
}

function lessonOf(text: string): LessonCode {
  if (isLesson(text)) return text;
  throw new GatewayError('public.unknown', 'There is no such lesson.');
}

const TOO_OFTEN: Text = {
  fa: 'از این اینترنت پشت سر هم تلاش شده است. نیم دقیقه صبر کنید و دوباره بزنید.',
  en: 'Too many tries from this connection. Wait half a minute, and try again.',
};
const NO_CODE: Text = {
  fa: 'این کد درست نیست یا زمان آن گذشته است. از مالک فروشگاه کد تازه بخواهید.',
  en: 'The code is wrong, or its time is over. Ask the owner of the shop for another.',
};
const FULL: Text = {
  fa: 'همهٔ پایانه‌های تمرینی در دست دیگران است. چند دقیقهٔ دیگر دوباره تلاش کنید؛ درس‌ها را می‌توانید بخوانید.',
  en: 'All practice terminals are in use. Try again in some minutes; the lessons can be read meanwhile.',
};
const SPENT: Text = {
  fa: 'در این درس بسیار تمرین کردید. درس را از نو آغاز کنید.',
  en: 'That was much practice for one lesson: begin it again.',
};
