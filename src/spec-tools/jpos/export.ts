import type { ElementPlan, Spec } from '../../codec/index.ts';
import type { ImportIssue } from '../import/draft.ts';
import { fieldsOf } from '../plans.ts';
import { classOf, type Chosen } from './choose.ts';
import { contentXml, type FieldXml, type Tell } from './export-content.ts';
import { attribute } from './xml.ts';

/** What a packager file cannot say, or says otherwise: as of an import. */
export interface Exported {
  readonly xml: string;
  readonly issues: readonly ImportIssue[];
}

const BITMAPS = { binary: 'IFB_BITMAP', hex: 'IFA_BITMAP', 'hex-ebcdic': 'IFE_BITMAP' } as const;
const MTIS = {
  ascii: 'IFA_NUMERIC',
  bcd: 'IFB_NUMERIC',
  ebcdic: 'IFE_NUMERIC',
  'ebcdic-500': 'IFE_NUMERIC',
  'ebcdic-037': 'IFE_NUMERIC',
} as const;

/** A dialect as a file for jPOS's GenericPackager. What comes back from an import reads and writes the same frames, but for the
 *  elements that are told as lost. */
export function exportJpos(spec: Spec): Exported {
  const issues: ImportIssue[] = [];
  const tell: Tell = (path, what, reason, kind = 'changed') => void issues.push({ path, what, kind, reason });
  const lines = [
    field({ id: 0, length: 4, name: 'MTI', type: MTIS[spec.mti.encoding], pad: true }),
    ...bitmapLines(spec, tell),
    ...fieldsOf(spec).flatMap(([de, plan]) => elementXml(de, plan, String(de), tell) ?? []),
  ];
  if (spec.mti.versions.length < 10) tell('mti', `versions ${spec.mti.versions}`, 'any version is taken there');
  if (Object.keys(spec.presence).length > 0)
    tell('presence', 'rules', 'which message must have what is not said there');
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE isopackager PUBLIC "-//jPOS/jPOS Generic Packager DTD 1.0//EN" "http://jpos.org/dtd/generic-packager-1.0.dtd">
<isopackager>
${lines.map((line) => `  ${line}`).join('\n')}
</isopackager>
`;
  return { xml, issues };
}

function bitmapLines({ bitmap, fields }: Spec, tell: Tell): string[] {
  const { encoding, count, third, secondary } = bitmap;
  const type = BITMAPS[encoding];
  if (secondary === 'always') tell('bitmap', 'secondary', 'jPOS writes it only as needed', 'lost');
  const first = field({ id: 1, length: 8 * (count === 3 && third === 'in-place' ? 2 : count), name: 'Bitmap', type });
  if (count < 3 || third === 'behind') return [first];
  if (!fields.slice(129).some((plan) => plan !== undefined))
    tell('bitmap', 'third', 'jPOS looks for it only where elements above 128 are described', 'lost');
  return [first, field({ id: 65, length: 8, name: 'Third bitmap', type })];
}

/** An element, a subfield or what is behind a bit. Undefined: it is told as lost. */
function elementXml(id: number, plan: ElementPlan, path: string, tell: Tell, inText = false): string | undefined {
  const chosen = classOf(plan, [35, 36].includes(Number(path)), inText);
  if (typeof chosen === 'string') {
    tell(path, `${plan.type} in ${plan.encoding}`, chosen, 'lost');
    return undefined;
  }
  for (const note of chosen.notes) tell(path, chosen.type, note);
  if (plan.content === undefined) return field({ id, name: plan.name, ...chosen });
  const inner = contentXml(plan, plan.content, path, tell, elementXml);
  if (typeof inner !== 'string') return nested({ id, name: plan.name, ...chosen }, inner);
  tell(path, plan.content.kind, `${inner}; the value stays whole there`);
  return field({ id, name: plan.name, ...chosen });
}

type Field = Omit<Chosen, 'notes'> & { readonly id: number; readonly name: string };

function attributes({ id, length, name, type, pad, inclusive }: Field): string {
  const flags = `${pad === undefined ? '' : ` pad="${String(pad)}"`}${inclusive === true ? ' inclusive="true"' : ''}`;
  return `id="${id}" length="${length}" name="${attribute(name)}"${flags} class="org.jpos.iso.${type}"`;
}

function field(of: Field): string {
  return `<isofield ${attributes(of)}/>`;
}

function nested(of: Field, { packager, settings, lines }: FieldXml): string {
  const inside = lines.map((line) => `    ${line.replaceAll('\n', '\n  ')}`).join('\n');
  const head = `<isofieldpackager ${attributes(of)}\n      packager="${packager}"${settings === '' ? '' : ` ${settings}`}`;
  return inside === '' ? `${head}/>` : `${head}>\n${inside}\n  </isofieldpackager>`;
}
