import type { ElementPlan } from '../../codec/index.ts';
import type { ContentPlan } from '../plans.ts';
import type { ImportIssue } from '../import/draft.ts';
import { attribute } from './xml.ts';

export type Tell = (path: string, what: string, reason: string, kind?: ImportIssue['kind']) => void;

/** What stands inside an isofieldpackager. */
export interface FieldXml {
  readonly packager: string;
  readonly settings: string;
  readonly lines: readonly string[];
}

type ElementXml = (id: number, plan: ElementPlan, path: string, tell: Tell, inText?: boolean) => string | undefined;

const BY_POSITION = 'org.jpos.iso.packager.GenericSubFieldPackager';
const BY_TAG = 'org.jpos.iso.packager.GenericTaggedFieldsPackager';

/** The inside of a value. A text: why jPOS cannot look into it. */
export function contentXml(
  around: ElementPlan,
  content: ContentPlan,
  path: string,
  tell: Tell,
  elementXml: ElementXml,
): FieldXml | string {
  const inText = around.type !== 'b' && around.encoding.startsWith('ebcdic');
  switch (content.kind) {
    case 'ber':
      if (around.type !== 'b') return 'tags of BER in text';
      return { packager: 'org.jpos.tlv.packager.bertlv.BERTLVBinaryPackager', settings: '', lines: [] };
    case 'fields':
      return fieldsXml(content, path, tell, (id, plan, at) => elementXml(id, plan, at, tell, inText));
    case 'bitmapped':
      if (content.bytes > 8) return 'a bitmap of more than 8 bytes';
      if (inText) return 'a bitmap in text';
      return {
        packager: BY_POSITION,
        settings: 'emitBitmap="true" bitmapField="0" firstField="1"',
        lines: [
          `<isofield id="0" length="${content.bytes}" name="Bitmap" class="org.jpos.iso.IFB_BITMAP"/>`,
          ...Object.entries(content.fields).flatMap(
            ([bit, plan]) => elementXml(Number(bit), plan, `${path}.${bit}`, tell) ?? [],
          ),
        ],
      };
    case 'tags':
      return tagsXml(content, inText);
    case 'datasets':
      return 'data sets';
  }
}

function fieldsXml(
  content: ContentPlan & { kind: 'fields' },
  path: string,
  tell: Tell,
  elementXml: (id: number, plan: ElementPlan, path: string) => string | undefined,
): FieldXml | string {
  if (content.repeat > 1) return 'repeated subfields';
  const lines: string[] = [];
  for (const [index, [key, plan]] of content.fields.entries()) {
    const line = elementXml(index + 1, plan, `${path}.${key}`);
    if (line === undefined) return 'a subfield that jPOS has no class for hides where those behind it begin';
    lines.push(line);
  }
  tell(path, 'fields', 'subfields have numbers there, not names');
  return { packager: BY_POSITION, settings: 'emitBitmap="false" firstField="1"', lines };
}

/** Tags of two or three digits, which are the subfields' numbers there. */
function tagsXml(content: ContentPlan & { kind: 'tags' }, inText: boolean): FieldXml | string {
  const { tag, length } = content;
  const wanted = inText ? 'ebcdic' : 'ascii';
  if (tag.encoding !== wanted || length.encoding !== wanted || tag.includesItself || length.includesItself)
    return 'tags and lengths that are not digits of text';
  const one = (plan: ElementPlan): string => `IFA_${'T'.repeat(tag.bytes)}${'L'.repeat(length.bytes)}${kindOf(plan)}`;
  const known = tag.bytes === 2 ? length.bytes <= 4 : tag.bytes === 3 && length.bytes === 3;
  if (!known) return `tags of ${tag.bytes} digits with lengths of ${length.bytes}`;
  const lines: string[] = [];
  for (const [key, plan] of Object.entries(content.tags)) {
    if (Number(key) === 0) return 'a tag 0';
    if (kindOf(plan) === undefined || (tag.bytes === 3 && kindOf(plan) === 'BINARY'))
      return `tag ${key} is neither text nor bytes`;
    const most = Math.min(plan.max, 10 ** length.bytes - 1);
    lines.push(
      `<isofield id="${Number(key)}" length="${most}" name="${attribute(plan.name)}" class="org.jpos.iso.${one(plan)}"/>`,
    );
  }
  if (lines.length === 0) return 'tags that nobody described';
  const mapper = `org.jpos.iso.packager.${'T'.repeat(tag.bytes)}DecimalTagMapper`;
  return {
    packager: BY_TAG,
    settings: `tagMapper="${mapper}" tagSize="${tag.bytes}" lenSize="${length.bytes}"`,
    lines,
  };
}

function kindOf({ type, encoding }: ElementPlan): 'CHAR' | 'BINARY' | undefined {
  if (type === 'b') return encoding === 'binary' ? 'BINARY' : undefined;
  if (encoding === 'utf8' || encoding === 'cp1256') return 'BINARY';
  return encoding === 'bcd' ? undefined : 'CHAR';
}
