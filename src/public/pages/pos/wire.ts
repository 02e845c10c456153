import type { WireFrame } from '../../../pos/index.ts';
import { html, type Html } from '../../html.ts';
import { ltr, t, type Language, type Text } from '../../language.ts';

/** The frames that went over the wire, the newest first: bytes and fields side by side. */
export function wireOf(language: Language, frames: readonly WireFrame[]): Html {
  return html`${[...frames].reverse().map((frame) => frameOf(language, frame))}`;
}

const TIME = new Intl.DateTimeFormat('en-GB', {
  ...{ timeZone: 'Asia/Tehran', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  fractionalSecondDigits: 3,
});

const WAYS: Readonly<Record<'sent' | 'heard', Text>> = {
  sent: { fa: 'پایانه به مرکز', en: 'to the gateway' },
  heard: { fa: 'مرکز به پایانه', en: 'from the gateway' },
};

function frameOf(language: Language, frame: WireFrame): Html {
  const say = (text: Text): string => t(language, text);
  if (frame.way === 'cut')
    return html`<p class="frame-cut">✂ ${say({ fa: 'خط این‌جا قطع شد: پاسخ به پایانه نرسید', en: 'The line broke here: the answer never reached the device' })} ${ltr(TIME.format(frame.at))}</p>`; // prettier-ignore
  const took = frame.tookMs === undefined ? '' : `${Math.max(0, Math.round(frame.tookMs))} ms`;
  return html`<details class="frame ${frame.way}" id="frame-${frame.id}"><summary><span aria-hidden="true">${frame.way === 'sent' ? '▲' : '▼'}</span> ${ltr(frame.mti)} <span>${frame.title[language]}</span> <small>${say(WAYS[frame.way])} · ${ltr(TIME.format(frame.at))}${frame.rc !== undefined && html` · ${ltr(`RC ${frame.rc}`)}`}${took !== '' && html` · ${ltr(took)}`}</small></summary>
    <div class="scroll" tabindex="0" role="group" aria-label="${ltrText(frame)}" dir="ltr"><table class="bytes">
    <thead><tr><th scope="col">DE</th><th scope="col">hex</th><th scope="col">${say({ fa: 'فیلد', en: 'field' })}</th></tr></thead><tbody>
    <tr><td></td><td><code>${spaced(frame.bytes.toString(16).padStart(4, '0').toUpperCase())}</code></td><td>${say({ fa: 'طول', en: 'length' })}: ${frame.bytes}</td></tr>
    <tr><td></td><td><code>${spaced(frame.head)}</code></td><td>MTI ${frame.mti}, ${say({ fa: 'نقشهٔ بیت', en: 'bitmap' })}</td></tr>
    ${frame.elements[language].map((element) => html`<tr><td>${element.de}</td><td>${element.hex === undefined ? html`<span class="hidden-bytes">${say({ fa: 'پوشیده', en: 'not shown' })}</span>` : html`<code>${element.hex}</code>`}</td><td><strong>${element.name}</strong> <bdi>${element.value}</bdi> <bdi>${element.meaning}</bdi>${element.parts.map(({ key, name, value, depth }) => html`<br>${'\u00a0'.repeat(2 * depth + 2)}${key} ${name} <bdi>${value}</bdi>`)}</td></tr>`)}
    </tbody></table></div></details>`; // prettier-ignore
}

function ltrText({ mti, stan }: WireFrame): string {
  return `${mti} ${stan}`;
}

function spaced(hex: string): string {
  return hex.replace(/(..)(?=.)/g, '$1 ');
}
