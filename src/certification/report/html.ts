import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { toJalali } from '../../field/jalali.ts';
import type { Language, Text } from '../../field/language.ts';
import { tehran } from '../../ops/clock.ts';
import { QUESTIONS, type Question } from '../case.ts';
import type { Result } from '../state.ts';
import { reportDigest, type ReportCase, type SignedReport } from './report.ts';

/** The report as a page that stands alone, in Persian and English: no script, nothing from elsewhere, made to be printed. */

const WORDS = {
  title: { fa: 'گزارش گواهی پایانه', en: 'Certification of a payment device' },
  vendor: { fa: 'سازنده', en: 'Vendor' },
  model: { fa: 'مدل', en: 'Model' },
  software: { fa: 'نرم‌افزار', en: 'Software' },
  profile: { fa: 'پروفایل', en: 'Profile' },
  terminal: { fa: 'پایانه', en: 'Terminal' },
  run: { fa: 'شماره‌ی اجرا', en: 'Run' },
  time: { fa: 'زمان', en: 'Time' },
  gateway: { fa: 'نسخه‌ی درگاه', en: 'Gateway' },
  faults: { fa: 'خطاهای یافته', en: 'Faults found' },
  none: { fa: 'هیچ', en: 'none' },
  signed: { fa: 'امضا (Ed25519)، کلید', en: 'Signature (Ed25519), key' },
  digest: { fa: 'SHA-256 گزارش', en: 'SHA-256 of the report' },
  steps: { fa: 'گام‌ها', en: 'Steps' },
  must: { fa: 'باید', en: 'Must be' },
  never: { fa: 'هرگز', en: 'Must never be' },
  found: { fa: 'یافته‌ها', en: 'Findings' },
  asked: { fa: 'آنچه در پایانه دیده شد', en: 'What was seen on the device' },
  wire: { fa: 'پیام‌ها', en: 'Messages' },
  waiver: { fa: 'چشم‌پوشی', en: 'Waived' },
  yes: { fa: 'بله', en: 'yes' },
  no: { fa: 'خیر', en: 'no' },
  device: { fa: 'پایانه', en: 'device' },
  host: { fa: 'درگاه', en: 'gateway' },
  source: { fa: 'سند', en: 'Contract' },
  never_done: { fa: 'انجام نشده', en: 'not done' },
} as const satisfies Readonly<Record<string, Text>>;

const VERDICTS: Readonly<Record<string, Text>> = {
  passed: { fa: 'پذیرفته', en: 'passed' },
  failed: { fa: 'مردود', en: 'failed' },
  waived: { fa: 'چشم‌پوشی‌شده', en: 'waived' },
  'not-applicable': { fa: 'ندارد', en: 'does not apply' },
  missing: { fa: 'انجام نشده', en: 'not done' },
  incomplete: { fa: 'ناتمام', en: 'incomplete' },
};

export function reportHtml(signed: SignedReport): string {
  const { report } = signed;
  return `<!doctype html>
<html lang="fa"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; font-src data:">
<title>${escaped(`${report.subject.vendor} ${report.subject.model} ${report.subject.software}`)}</title><style>${styles()}</style></head><body>
<input type="radio" name="language" id="fa" checked><label for="fa">فارسی</label><input type="radio" name="language" id="en"><label for="en">English</label>
${page(signed, 'fa')}${page(signed, 'en')}
</body></html>
`;
}

function page({ report, signature }: SignedReport, language: Language): string {
  const say = (text: Text): string => escaped(text[language]);
  const { subject, counts } = report;
  const facts: readonly (readonly [Text, string])[] = [
    [WORDS.vendor, subject.vendor],
    [WORDS.model, subject.model],
    [WORDS.software, subject.software],
    [WORDS.profile, subject.profile],
    [WORDS.terminal, subject.terminal],
    [WORDS.run, report.run],
    [WORDS.time, `${moment(report.startedAt, language)} – ${moment(report.endedAt, language)}`],
    [WORDS.gateway, report.gateway],
    [WORDS.digest, reportDigest(report)],
    [WORDS.signed, signature.key],
  ];
  const tally = [
    ['passed', counts.passed],
    ['failed', counts.failed],
    ['waived', counts.waived],
    ['not-applicable', counts.notApplicable],
    ['missing', counts.missing],
  ] as const;
  return `<main class="${language}" lang="${language}" dir="${language === 'fa' ? 'rtl' : 'ltr'}">
<h1>${say(WORDS.title)} <b class="${report.verdict}">${say(VERDICTS[report.verdict] ?? WORDS.none)}</b></h1>
<table class="facts">${facts.map(([name, value]) => `<tr><th>${say(name)}</th><td><bdi>${escaped(value)}</bdi></td></tr>`).join('')}</table>
<p class="tally">${tally.map(([verdict, count]) => `<span class="${verdict}">${say(VERDICTS[verdict] ?? WORDS.none)}: ${number(count, language)}</span>`).join(' ')}</p>
<p>${say(WORDS.faults)}: ${report.faults.length === 0 ? say(WORDS.none) : report.faults.map((fault) => `<code>${escaped(fault)}</code>`).join(' ')}</p>
${areas(report.cases)
  .map(([area, cases]) => `<h2>${say(area)}</h2>${cases.map((one) => section(one, language)).join('')}`)
  .join('\n')}
</main>`;
}

function areas(cases: readonly ReportCase[]): (readonly [Text, ReportCase[]])[] {
  const byArea = new Map<string, readonly [Text, ReportCase[]]>();
  for (const one of cases) {
    const known = byArea.get(one.area.en);
    if (known === undefined) byArea.set(one.area.en, [one.area, [one]]);
    else known[1].push(one);
  }
  return [...byArea.values()];
}

function section({ id, title, source, steps, must, never, result }: ReportCase, language: Language): string {
  const say = (text: Text): string => escaped(text[language]);
  const verdict = result?.verdict ?? 'missing';
  const list = (name: Text, items: readonly string[], tag = 'ul'): string =>
    items.length === 0
      ? ''
      : `<h4>${say(name)}</h4><${tag}>${items.map((each) => `<li>${each}</li>`).join('')}</${tag}>`;
  const findings = (result?.findings ?? []).map(
    ({ fault, rule, text, why }) =>
      `<code>${escaped(fault)}</code> ${say(rule === 'must' ? WORDS.must : WORDS.never)}: ${say(text)} <bdi dir="ltr">${escaped(why)}</bdi>`,
  );
  return `<details class="case ${verdict}"${verdict === 'failed' ? ' open' : ''}><summary><code>${escaped(id)}</code> ${say(title)} <b class="${verdict}">${say(VERDICTS[verdict] ?? WORDS.none)}</b></summary>
<p class="source">${say(WORDS.source)}: <bdi dir="ltr">${escaped(source)}</bdi></p>
${list(WORDS.found, findings)}${waiver(result, language)}
${list(WORDS.steps, steps.map(say), 'ol')}${list(WORDS.must, must.map(say))}${list(WORDS.never, never.map(say))}
${list(
  WORDS.asked,
  (result?.papers ?? []).map((paper) => seen(paper, language)),
)}${frames(result, language)}</details>`;
}

function waiver(result: Result | null, language: Language): string {
  if (result?.waiver === undefined) return '';
  const { by, reason, at } = result.waiver;
  return `<p class="waived">${escaped(WORDS.waiver[language])}: ${escaped(reason)} — ${escaped(by)}, ${moment(at, language)}</p>`;
}

function seen({ step, question, about, said, expected }: Result['papers'][number], language: Language): string {
  const asked = QUESTIONS[question as Question] as Text | undefined;
  const wrong = expected !== null && said !== expected;
  return `${number(step + 1, language)}. ${escaped(asked?.[language] ?? question)} ${about === '' ? '' : `<bdi>${escaped(about)}</bdi> `}<b class="${wrong ? 'failed' : 'passed'}">${escaped((said ? WORDS.yes : WORDS.no)[language])}</b>`;
}

function frames(result: Result | null, language: Language): string {
  if (result === null || result.frames.length === 0) return '';
  const shown = result.frames.map(
    ({ at, from, step, connection, text, note }) =>
      `<div class="frame ${from}" dir="ltr"><p>${number(step + 1, language)} · ${escaped((from === 'device' ? WORDS.device : WORDS.host)[language])} #${connection} · ${at.slice(11, 23)}${note === '' ? '' : ` · <b>${escaped(note)}</b>`}</p><pre>${escaped(text)}</pre></div>`,
  );
  return `<details><summary>${escaped(WORDS.wire[language])} (${number(result.frames.length, language)})</summary>${shown.join('')}</details>`;
}

function number(value: number, language: Language): string {
  const text = String(value);
  return language === 'en' ? text : text.replace(/\d/g, (digit) => String.fromCharCode(0x6f0 + Number(digit)));
}

function moment(at: string, language: Language): string {
  const { isoDate, time } = tehran(Date.parse(at));
  const clock = `${time.slice(0, 2)}:${time.slice(2, 4)}`;
  if (language === 'en') return `${isoDate} ${clock}`;
  return `${toJalali(isoDate).replaceAll('-', '/')} ${clock}`.replace(/\d/g, (digit) =>
    String.fromCharCode(0x6f0 + Number(digit)),
  );
}

function styles(): string {
  const font = createRequire(import.meta.url).resolve(
    '@fontsource-variable/vazirmatn/files/vazirmatn-arabic-wght-normal.woff2',
  );
  return `@font-face{font-family:Vazirmatn;font-weight:100 900;src:url(data:font/woff2;base64,${readFileSync(font, 'base64')}) format("woff2")}
body{font:15px/1.8 Vazirmatn,Tahoma,system-ui,sans-serif;max-width:62rem;margin:1rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
input[name=language]{position:absolute;opacity:0}label{display:inline-block;padding:.1rem .8rem;border:1px solid #999;border-radius:1rem;cursor:pointer;margin-inline-end:.5rem}
input:checked+label{background:#0b4f6c;color:#fff}input:focus-visible+label{outline:3px solid #c8553d}
main{display:none}#fa:checked~main.fa,#en:checked~main.en{display:block}
h1{font-size:1.5rem}h2{margin-top:2rem;border-bottom:2px solid #0b4f6c;font-size:1.15rem}h4{margin:.6rem 0 .1rem;font-size:.95rem}
ul,ol{margin:.1rem 0;padding-inline-start:1.6rem}
table.facts{border-collapse:collapse;margin:1rem 0}.facts th,.facts td{padding:.1rem .7rem;text-align:start;border-bottom:1px solid #ddd;overflow-wrap:anywhere}
.tally span{border:1px solid currentColor;border-radius:1rem;padding:.1rem .7rem;margin-inline-end:.4rem;white-space:nowrap}
b.passed,span.passed{color:#0a6b3d}b.failed,span.failed,b.missing,b.incomplete{color:#a3201a}b.waived,span.waived,p.waived{color:#7a5200}b.not-applicable,span.not-applicable{color:#555}
.case{border:1px solid #ddd;border-inline-start:5px solid #0a6b3d;border-radius:.3rem;margin:.4rem 0;padding:.2rem .8rem}
.case.failed,.case.missing{border-inline-start-color:#a3201a}.case.waived{border-inline-start-color:#c98a00}.case.not-applicable{border-inline-start-color:#999}
summary{cursor:pointer}.source{color:#444;margin:.1rem 0;font-size:.9rem}code{background:#f1f1f1;padding:0 .3rem;border-radius:.2rem;direction:ltr;unicode-bidi:isolate}
.frame{border-left:3px solid #0b4f6c;margin:.5rem 0;padding-left:.6rem;text-align:left}.frame.gateway{border-color:#c8553d}.frame p{margin:0;font-size:.85rem}
pre{font:12px/1.5 ui-monospace,Menlo,Consolas,monospace;background:#f6f6f6;margin:.1rem 0;padding:.4rem;white-space:pre-wrap;overflow-wrap:anywhere}
@media print{label{display:none}body{font-size:11px;max-width:none;margin:0}.case{break-inside:avoid-page}h2{break-after:avoid}pre{font-size:9px}}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
