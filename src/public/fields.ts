import { html, type Html } from './html.ts';
import { digits, t, type Language } from './language.ts';

/** Fields of forms with their help and what is wrong with them, so that a screen reader says both. */

/** What is wrong with what was typed in a field. */
export interface FieldFault {
  readonly name: string;
  /** Of the field. */
  readonly label: string;
  /** A sentence in the reader's language. */
  readonly text: string;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  /** As it was typed. */
  readonly value: string;
  readonly faults: readonly FieldFault[];
  readonly type?: 'text' | 'tel' | 'textarea';
  readonly inputmode?: 'numeric' | 'text';
  readonly autocomplete?: string;
  /** Numbers and Shebas read from left to right in Persian too. */
  readonly ltr?: boolean;
  readonly required?: boolean;
  readonly maxlength?: number;
  readonly placeholder?: string;
}

export function fieldOf(field: Field): Html {
  const { name, label, help, value, faults, type = 'text', inputmode, autocomplete, maxlength, placeholder } = field;
  const own = faults.filter((fault) => fault.name === name);
  const described = [help === undefined ? '' : `${name}-help`, own.length === 0 ? '' : `${name}-fault`]
    .join(' ')
    .trim();
  const attributes = html` id="${name}" name="${name}"${field.ltr === true && html` dir="ltr"`}${inputmode !== undefined && html` inputmode="${inputmode}"`}${autocomplete !== undefined && html` autocomplete="${autocomplete}"`}${placeholder !== undefined && html` placeholder="${placeholder}"`}${field.required === true && html` aria-required="true"`}${own.length > 0 && html` aria-invalid="true"`}${described !== '' && html` aria-describedby="${described}"`} maxlength="${maxlength ?? 300}"`; // prettier-ignore
  return html`<div class="field${own.length > 0 && ' wrong'}">
    <label for="${name}">${label}</label>
    ${help !== undefined && html`<p class="help" id="${name}-help">${help}</p>`}
    ${own.length > 0 && html`<p class="fault" id="${name}-fault">${own.map(({ text }) => html`<span>${text}</span> `)}</p>`}
    ${type === 'textarea' ? html`<textarea rows="3"${attributes}>${value}</textarea>` : html`<input type="${type}"${attributes} value="${value}">`}
  </div>`; // prettier-ignore
}

export interface Choice {
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  readonly value: string;
  readonly faults: readonly FieldFault[];
  readonly options: readonly { readonly value: string; readonly label: string; readonly help?: string }[];
}

/** One of a few, as large as a thumb. */
export function choiceOf({ name, label, help, value, faults, options }: Choice): Html {
  const own = faults.filter((fault) => fault.name === name);
  const described = [help === undefined ? '' : `${name}-help`, own.length === 0 ? '' : `${name}-fault`]
    .join(' ')
    .trim();
  return html`<fieldset class="field choice${own.length > 0 && ' wrong'}" id="${name}"${described !== '' && html` aria-describedby="${described}"`}>
    <legend>${label}</legend>
    ${help !== undefined && html`<p class="help" id="${name}-help">${help}</p>`}
    ${own.length > 0 && html`<p class="fault" id="${name}-fault">${own.map(({ text }) => html`<span>${text}</span> `)}</p>`}
    ${options.map((option) => html`<label><input type="radio" name="${name}" value="${option.value}"${option.value === value && html` checked`}> <span>${option.label}${option.help !== undefined && html`<small>${option.help}</small>`}</span></label>\n`)}
  </fieldset>`; // prettier-ignore
}

/** What is wrong, at the head of the page, each with a way to its field. */
export function summaryOf(language: Language, faults: readonly FieldFault[]): Html {
  if (faults.length === 0) return html``;
  const head =
    faults.length === 1
      ? t(language, { fa: 'یک مورد را درست کنید', en: 'One thing is to be put right' })
      : t(language, {
          fa: `${digits('fa', faults.length)} مورد را درست کنید`,
          en: `${faults.length} things are to be put right`,
        });
  return html`<div class="summary" role="alert" tabindex="-1" id="summary">
    <h2>${head}</h2>
    <ul>
      ${faults.map(({ name, label, text }) => html`<li><a href="#${name}">${label}: ${text}</a></li> `)}
    </ul>
  </div>`;
}
