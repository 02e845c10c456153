import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../../ops/errors.ts';
import type { Log } from '../../ops/log.ts';
import type { ValueFaults } from '../../shops/index.ts';
import { languageOf, type Language } from './language.ts';
import { PROBLEMS } from './problem-codes.ts';
import type { Current } from './stale.ts';

/** Errors of the API as RFC 9457 says: `application/problem+json` with a stable `code`, in the reader's language. */

/** What the API itself refuses, under codes of problem-codes.ts. */
const OF_FASTIFY: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'api.media-type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'api.too-large',
};
/** Domain codes that the API says as its own. */
const SAME_AS: Readonly<Record<string, string>> = {
  'people.stale': 'api.stale',
  'shops.stale': 'api.stale',
  'complaints.stale': 'api.stale',
  'signals.stale': 'api.stale',
  'devices.stale': 'api.stale',
  'terminals.stale': 'api.stale',
  'updates.stale': 'api.stale',
};

interface Fault {
  /** JSON pointer into the body, or `?name` of the query, `/name` of the path. */
  readonly pointer: string;
  readonly detail: string;
}

/** Whether a change rested on what is no more so. */
export function isStale(error: unknown): boolean {
  return error instanceof GatewayError && (SAME_AS[error.code] ?? error.code) === 'api.stale';
}

/** Answers any error as a problem. What is no fault of the asker is logged, and says nothing of itself.
 *  @param now what the resource is by now, where a stale one was to be changed */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
  now?: Current,
): FastifyReply {
  const language = languageOf(request.headers['accept-language']);
  const { code, message, faults } = understood(error, language);
  const known = PROBLEMS[code] ?? PROBLEMS['api.failed'];
  if (known === undefined || known.status === 500) log.error({ err: error, requestId: request.id }, 'API');
  const waitMs = (error as { waitMs?: unknown }).waitMs;
  if (typeof waitMs === 'number') void reply.header('retry-after', String(Math.ceil(waitMs / 1_000)));
  if (now !== undefined) void reply.header('etag', now.etag);
  if (known?.status === 401) void reply.header('www-authenticate', 'Bearer realm="kalabarg"');
  const status = known?.status ?? 500;
  return reply
    .code(status)
    .header('content-language', language)
    .header('vary', 'Accept-Language')
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: `urn:kalabarg:problem:${code}`,
        code,
        title: known?.title[language],
        status,
        detail: language === 'fa' ? known?.detailFa : message,
        instance: `urn:kalabarg:request:${request.id}`,
        ...(faults.length === 0 ? {} : { errors: faults }),
        ...(now === undefined ? {} : { current: now.current }),
      }),
    );
}

function understood(error: unknown, language: Language): { code: string; message: string; faults: Fault[] } {
  if (error instanceof GatewayError) {
    const code = SAME_AS[error.code] ?? error.code;
    const faults = 'faults' in error ? (error as ValueFaults).faults : [];
    if (code in PROBLEMS)
      return {
        code,
        message: error.message,
        faults: faults.map((fault) => ({ pointer: `/value/${fault.field}`, detail: fault[language] })),
      };
  } else {
    const { code = '', validation, validationContext, statusCode = 500, message = '' } = error as Partial<FastifyError>;
    if (validation !== undefined) {
      const faults = validation.map((each) => faultOf(each as Invalid, validationContext ?? 'body', language));
      return { code: 'api.invalid', message: 'See errors.', faults };
    }
    const own = OF_FASTIFY[code];
    if (own !== undefined) return { code: own, message, faults: [] };
    if (statusCode < 500) return { code: 'api.invalid', message, faults: [] };
  }
  return {
    code: 'api.failed',
    message: 'Give the request id to whoever runs the gateway; its log says why.',
    faults: [],
  };
}

interface Invalid {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message?: string;
  readonly params: { readonly missingProperty?: string; readonly additionalProperty?: string };
}

const FA: Readonly<Record<string, string>> = {
  required: 'الزامی است',
  additionalProperties: 'چنین فیلدی نیست',
  type: 'از نوع دیگری است',
  enum: 'از مقدارهای پذیرفته نیست',
  const: 'از مقدارهای پذیرفته نیست',
  anyOf: 'از مقدارهای پذیرفته نیست',
  pattern: 'شکل درستی ندارد',
  format: 'شکل درستی ندارد',
  minLength: 'کوتاه است',
  maxLength: 'بلند است',
  minimum: 'کم است',
  maximum: 'زیاد است',
  minItems: 'کم است',
  maxItems: 'زیاد است',
  uniqueItems: 'تکراری است',
  readable: 'نویسهٔ کنترلی یا جهت‌دهنده دارد',
};

function faultOf({ keyword, instancePath, message, params }: Invalid, context: string, language: Language): Fault {
  const child = params.missingProperty ?? params.additionalProperty;
  const path = instancePath + (child === undefined ? '' : `/${child.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  const pointer = context === 'querystring' ? `?${path.slice(1)}` : path;
  return { pointer, detail: language === 'fa' ? (FA[keyword] ?? 'درست نیست') : (message ?? keyword) };
}
