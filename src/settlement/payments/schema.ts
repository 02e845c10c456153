import { createReadStream } from 'node:fs';
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { messageOf } from '../../ops/errors.ts';
import { isDay } from '../../field/jalali.ts';

/** pain.001.001.03 as its XSD has it, for every element that a file of ours may hold: order, how often, and each leaf's
 *  format. A file that passes is valid by the full schema; elements we never write are refused here.
 *  Source: ISO 20022 CustomerCreditTransferInitiationV03, the public message definition. */

export interface SchemaFault {
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

const NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:pain.001.001.03';

/** Children of an element in order: `?` none or one, `+` at least one, `*` any number; `a|b` either of them. */
const CHILDREN: Readonly<Record<string, string>> = {
  Document: 'CstmrCdtTrfInitn',
  CstmrCdtTrfInitn: 'GrpHdr PmtInf+',
  GrpHdr: 'MsgId CreDtTm NbOfTxs CtrlSum? InitgPty',
  PmtInf:
    'PmtInfId PmtMtd BtchBookg? NbOfTxs? CtrlSum? PmtTpInf? ReqdExctnDt Dbtr DbtrAcct DbtrAgt ChrgBr? CdtTrfTxInf+',
  PmtTpInf: 'InstrPrty? SvcLvl?',
  SvcLvl: 'Cd|Prtry',
  CdtTrfTxInf: 'PmtId PmtTpInf? Amt CdtrAgt? Cdtr? CdtrAcct? RmtInf?',
  PmtId: 'InstrId? EndToEndId',
  Amt: 'InstdAmt',
  InitgPty: 'Nm? Id?',
  Dbtr: 'Nm? Id?',
  Cdtr: 'Nm? Id?',
  DbtrAcct: 'Id Ccy?',
  CdtrAcct: 'Id Ccy?',
  DbtrAgt: 'FinInstnId',
  CdtrAgt: 'FinInstnId',
  FinInstnId: 'BIC? Nm?',
  RmtInf: 'Ustrd*',
  PrvtId: 'Othr*',
  Othr: 'Id',
};

/** `Id` is an account's identification, a party's, or a text, by where it stands. */
const CHILDREN_OF_ID: Readonly<Record<string, string>> = {
  DbtrAcct: 'IBAN|Othr',
  CdtrAcct: 'IBAN|Othr',
  InitgPty: 'PrvtId',
  Dbtr: 'PrvtId',
  Cdtr: 'PrvtId',
};

const text = (most: number): RegExp => new RegExp(`^[\\s\\S]{1,${most}}$`, 'u');
const DECIMAL = /^\+?(?=\d{1,18}(\.|$))\d+(\.\d{1,5})?$/;
const LEAVES: Readonly<Record<string, RegExp>> = {
  MsgId: text(35),
  PmtInfId: text(35),
  InstrId: text(35),
  EndToEndId: text(35),
  Id: text(35),
  Nm: text(140),
  Ustrd: text(140),
  CreDtTm: /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/,
  ReqdExctnDt: /^\d{4}-\d\d-\d\d(Z|[+-]\d\d:\d\d)?$/,
  NbOfTxs: /^[0-9]{1,15}$/,
  CtrlSum: DECIMAL,
  InstdAmt: DECIMAL,
  PmtMtd: /^(CHK|TRF|TRA)$/,
  BtchBookg: /^(true|false|1|0)$/,
  InstrPrty: /^(HIGH|NORM)$/,
  Cd: /^.{1,4}$/u,
  Prtry: text(35),
  ChrgBr: /^(DEBT|CRED|SHAR|SLEV)$/,
  IBAN: /^[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}$/,
  BIC: /^[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?$/,
  Ccy: /^[A-Z]{3}$/,
};

const MAX_FAULTS = 100;

/** @returns every fault with line and column, at most 100; none: the file is valid */
export async function schemaFaults(path: string): Promise<SchemaFault[]> {
  const validator = new Validator();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      validator.write(decoder.decode(chunk, { stream: true }));
    }
    validator.end();
  } catch (error) {
    validator.fault(messageOf(error));
  }
  return validator.faults.slice(0, MAX_FAULTS);
}

interface Open {
  readonly name: string;
  readonly model: readonly Particle[] | undefined;
  /** Which particle of the model is next, and how often it was seen. */
  at: number;
  seen: number;
  text: string;
}

interface Particle {
  readonly names: readonly string[];
  readonly least: number;
  readonly most: number;
}

class Validator {
  readonly faults: SchemaFault[] = [];
  readonly #parser = new SaxesParser();
  readonly #open: Open[] = [];

  constructor() {
    this.#parser.on('error', (error) => {
      throw error;
    });
    this.#parser.on('opentag', (tag) => {
      this.#enter(tag);
    });
    this.#parser.on('text', (characters) => {
      const top = this.#open.at(-1);
      if (top !== undefined) top.text += characters;
    });
    this.#parser.on('closetag', () => {
      this.#leave();
    });
  }

  write(characters: string): void {
    this.#parser.write(characters);
  }

  end(): void {
    this.#parser.close();
  }

  fault(reason: string): void {
    const { line, column } = this.#parser;
    if (this.faults.length < MAX_FAULTS) this.faults.push({ line, column, reason });
  }

  #enter(tag: SaxesTagPlain): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root(tag);
    else this.#expect(parent, tag.name);
    this.#attributes(tag);
    this.#open.push({ name: tag.name, model: modelOf(tag.name, parent?.name), at: 0, seen: 0, text: '' });
  }

  #root(tag: SaxesTagPlain): void {
    if (tag.name !== 'Document') this.fault(`the root is ${tag.name}, not Document`);
    if (tag.attributes['xmlns'] !== NAMESPACE) this.fault(`Document is not of namespace ${NAMESPACE}`);
  }

  #attributes(tag: SaxesTagPlain): void {
    for (const [name, value] of Object.entries(tag.attributes)) {
      if (tag.name === 'Document' && name === 'xmlns') continue;
      if (tag.name === 'InstdAmt' && name === 'Ccy' && /^[A-Z]{3}$/.test(value)) continue;
      this.fault(`${tag.name} may not have ${name}="${value}"`);
    }
    if (tag.name === 'InstdAmt' && tag.attributes['Ccy'] === undefined) this.fault('InstdAmt has no Ccy');
  }

  #expect(parent: Open, name: string): void {
    const model = parent.model ?? [];
    for (; parent.at < model.length; parent.at++, parent.seen = 0) {
      const particle = model[parent.at];
      if (particle === undefined) break;
      if (particle.names.includes(name) && parent.seen < particle.most) {
        parent.seen++;
        return;
      }
      if (parent.seen < particle.least) break;
    }
    this.fault(`${name} may not stand here in ${parent.name}`);
  }

  #leave(): void {
    const element = this.#open.pop();
    if (element === undefined) return;
    if (element.model === undefined) {
      if (LEAVES[element.name]?.test(element.text) !== true) {
        this.fault(`${element.name} may not be "${element.text.slice(0, 60)}"`);
      } else if (element.name === 'CreDtTm' || element.name === 'ReqdExctnDt') this.#date(element);
      return;
    }
    if (element.text.trim() !== '') this.fault(`${element.name} holds text`);
    const missing = element.model.find(
      (particle, index) => index >= element.at && particle.least > (index === element.at ? element.seen : 0),
    );
    if (missing !== undefined) this.fault(`${element.name} has no ${missing.names.join(' or ')}`);
  }

  /** xs:date knows its months: 1404-02-31 is refused. */
  #date({ name, text: value }: Open): void {
    const day = value.slice(0, 10);
    if (!isDay(day)) this.fault(`${name} is not a date: ${day}`);
  }
}

function modelOf(name: string, parent: string | undefined): readonly Particle[] | undefined {
  const source = name === 'Id' ? CHILDREN_OF_ID[parent ?? ''] : CHILDREN[name];
  return source?.split(' ').map((item) => {
    const mark = item.at(-1) ?? '';
    const names = item.replace(/[?+*]$/, '').split('|');
    return { names, least: '?*'.includes(mark) ? 0 : 1, most: '+*'.includes(mark) ? Infinity : 1 };
  });
}
