import { SaxesParser } from 'saxes';
import { GatewayError, messageOf } from '../../ops/errors.ts';

/** A field of a packager file. */
export interface PackagerField {
  readonly id: number;
  readonly length: number;
  readonly name: string;
  /** Its class; one of org.jpos.iso without that. */
  readonly type: string;
  /** Class of the inner packager. */
  readonly packager: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly line: number;
  /** Of an `isofieldpackager`. */
  readonly fields: PackagerField[];
}

const MAX_CHARACTERS = 8 << 20;
const MAX_DEPTH = 16;
const MAX_FIELDS = 20_000;

interface Packager {
  readonly attributes: Readonly<Record<string, string>>;
  readonly fields: PackagerField[];
  /** What GenericValidatingPackager would check, by the path of the field. */
  readonly validators: readonly { readonly path: string; readonly type: string }[];
}

/** Elements of a validating packager: they say nothing of the bytes. */
const VALIDATORS: readonly string[] = ['isofieldvalidator', 'isovalidator'];

/** The fields of a GenericPackager file. Its document type is not fetched; one with declarations of its own is refused, and
 *  so is every entity but XML's five.
 *  @throws GatewayError `spec.import` naming line and reason */
export function packagerFields(xml: string): Packager {
  if (xml.length > MAX_CHARACTERS) throw fault(1, `longer than ${MAX_CHARACTERS} characters`);
  const parser = new SaxesParser({ xmlns: false });
  const root: PackagerField = {
    id: -1,
    length: 0,
    name: '',
    type: '',
    packager: '',
    attributes: {},
    line: 0,
    fields: [],
  };
  const open: PackagerField[] = [];
  let attributes: Readonly<Record<string, string>> = {};
  const validators: { path: string; type: string }[] = [];
  /** Elements open inside of a validator. */
  let validating = 0;
  let count = 0;
  parser.on('error', (error) => {
    throw fault(parser.line, messageOf(error).replace(/^\d+:\d+: /, ''));
  });
  parser.on('doctype', (text) => {
    if (text.includes('[')) throw fault(parser.line, 'a document type with declarations of its own is not allowed');
  });
  parser.on('opentag', (tag) => {
    if (open.length === 0) {
      if (tag.name !== 'isopackager') throw fault(parser.line, `<isopackager> expected, <${tag.name}> found`);
      attributes = tag.attributes;
      open.push(root);
      return;
    }
    if (validating > 0 || VALIDATORS.includes(tag.name)) {
      if (++validating > MAX_DEPTH) throw fault(parser.line, 'too deep');
      if (validating > 1) return;
      const path = open.slice(1).map(({ id }) => id);
      validators.push({ path: path.join('.'), type: bare(tag.attributes['class'] ?? tag.name) });
      if (validators.length > MAX_FIELDS) throw fault(parser.line, 'too many validators');
      return;
    }
    if (tag.name !== 'isofield' && tag.name !== 'isofieldpackager')
      throw fault(parser.line, `<isofield> or <isofieldpackager> expected, <${tag.name}> found`);
    if (++count > MAX_FIELDS || open.length > MAX_DEPTH) throw fault(parser.line, 'too many fields, or too deep');
    const field = fieldOf(tag.attributes, parser.line);
    open.at(-1)?.fields.push(field);
    open.push(field);
  });
  parser.on('closetag', () => {
    if (validating > 0) validating--;
    else open.pop();
  });
  parser.write(xml).close();
  return { attributes, fields: root.fields, validators };
}

function fieldOf(attributes: Readonly<Record<string, string>>, line: number): PackagerField {
  const number = (key: string): number => {
    const text = attributes[key]?.trim() ?? '';
    if (!/^-?\d{1,7}$/.test(text)) throw fault(line, `${key}="${text}" is not a number`);
    return Number(text);
  };
  const type = attributes['class'];
  if (type === undefined) throw fault(line, 'a field without class');
  return {
    id: number('id'),
    length: number('length'),
    name: (attributes['name'] ?? '').trim(),
    type: bare(type),
    packager: bare(attributes['packager'] ?? ''),
    attributes,
    line,
    fields: [],
  };
}

function bare(name: string): string {
  return name.trim().replace(/^org\.jpos\.iso\.(?:packager\.|validator\.)?(?=\w+$)/, '');
}

function fault(line: number, reason: string): GatewayError {
  return new GatewayError('spec.import', `line ${line}: ${reason}`);
}
