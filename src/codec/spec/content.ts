import type { ContentPlan, ElementPlan, PrefixPlan } from '../plan.ts';
import { Node } from './raw.ts';

/** What elements of a dialect share: the encodings of each kind of value, and of the length prefixes. */
export interface Defaults {
  readonly types: Node;
  readonly prefix: Node;
}

type MakeElement = (node: Node, defaults: Defaults) => ElementPlan;

/** What is inside a value, with everything filled in.
 *  @param around  the element that holds it: its text encoding is the subfields' default
 *  @throws CodecError naming file, path and reason */
export function contentPlan(node: Node, around: ElementPlan, defaults: Defaults, make: MakeElement): ContentPlan {
  const inside = insideDefaults(around, defaults);
  const kind = node.oneOf('kind', ['ber', 'tags', 'fields', 'bitmapped', 'datasets']);
  switch (kind) {
    case 'ber':
      node.only('kind', 'tags');
      return { kind, tags: bare(elements(node.node('tags'), /^[0-9A-F]{2,8}$/, inside, make)) };
    case 'tags':
      node.only('kind', 'tag', 'length', 'tags');
      return {
        kind,
        tag: headPlan(node.node('tag')),
        length: headPlan(node.node('length')),
        tags: bare(elements(node.node('tags'), /^[0-9A-F]+$/, inside, make)),
      };
    case 'fields':
      node.only('kind', 'fields', 'repeat', 'partial');
      return {
        kind,
        fields: Object.entries(elements(node.node('fields'), /^[A-Za-z][\w-]*$/, inside, make)),
        repeat: node.integer('repeat', 1, 999, 1),
        partial: node.flag('partial'),
      };
    case 'bitmapped':
      node.only('kind', 'bytes', 'fields');
      return {
        kind,
        bytes: node.integer('bytes', 1, 16, 8),
        fields: elements(node.node('fields'), /^[1-9]\d{0,2}$/, inside, make),
      };
    case 'datasets': {
      node.only('kind', 'id', 'length', 'sets');
      const sets = node.node('sets');
      return {
        kind,
        id: headPlan(node.node('id')),
        length: headPlan(node.node('length')),
        sets: Object.fromEntries(sets.keys().map((id) => [id, contentPlan(sets.node(id), around, defaults, make)])),
      };
    }
    case undefined:
      throw node.fault('kind', 'missing; ber, tags, fields, bitmapped or datasets');
  }
}

/** Digits inside packed or plain digits are characters; text is as the text around it. */
function insideDefaults(around: ElementPlan, defaults: Defaults): Defaults {
  if (around.type === 'b')
    return {
      ...defaults,
      types: new Node({ n: { encoding: 'bcd' }, b: { encoding: 'binary' } }, defaults.types.file, 'types'),
    };
  const encoding = around.encoding === 'bcd' ? 'ascii' : around.encoding;
  const digits = encoding.startsWith('ebcdic') ? encoding : 'ascii';
  const types = { n: { encoding: digits }, z: { encoding: digits }, 'x+n': { encoding: digits }, text: { encoding } };
  return { ...defaults, types: new Node(types, defaults.types.file, 'types') };
}

function elements(node: Node, key: RegExp, defaults: Defaults, make: MakeElement): Record<string, ElementPlan> {
  const found: Record<string, ElementPlan> = {};
  for (const name of node.keys()) {
    if (!key.test(name)) throw node.fault(name, `not a key of this content`);
    found[name] = make(node.node(name), defaults);
  }
  return found;
}

/** Tags bring their lengths themselves. */
function bare(tags: Record<string, ElementPlan>): Record<string, ElementPlan> {
  return Object.fromEntries(
    Object.entries(tags).map(([tag, plan]) => {
      const { prefix, ...rest } = plan;
      return [tag, prefix === undefined ? plan : rest];
    }),
  );
}

function headPlan(node: Node): PrefixPlan {
  node.only('encoding', 'bytes', 'includesItself');
  const bytes = node.integer('bytes', 1, 6);
  if (bytes === undefined) throw node.fault('bytes', 'missing');
  return {
    encoding: node.oneOf('encoding', ['ascii', 'bcd', 'binary', 'ebcdic'], 'ascii'),
    bytes,
    counts: 'bytes',
    includesItself: node.flag('includesItself'),
  };
}
