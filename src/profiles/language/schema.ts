import { Type, type Static, type TSchema } from 'typebox';
import {
  ANSWER_NAMES,
  BASKET_MEMBERS,
  COMPUTED,
  DERIVATIONS,
  KINDS,
  PAGES,
  REQUEST_NAMES,
  VERDICT_MEMBERS,
} from './values.ts';

/** The language of profiles as a JSON Schema (docs/profiles.md). `profiles/profile.schema.json` is made of it, for editors. */

/** A part that stands once, under `$defs`. */
function shared<S extends TSchema>(name: string, schema: S) {
  DEFINITIONS[name] = schema;
  return Type.Unsafe<Static<S>>({ $ref: `#/$defs/${name}` });
}
const DEFINITIONS: Record<string, TSchema> = {};

const closed = { additionalProperties: false };
const said = (description: string) => ({ description });
const words = shared(
  'words',
  Type.Object({ fa: Type.String({ minLength: 1 }), en: Type.String({ minLength: 1 }) }, closed),
);
const identifier = Type.String({ pattern: '^[a-z][a-z0-9-]{0,40}$' });
const rc = Type.String({ pattern: '^[0-9A-Z]{2}$' });
const mti = Type.String({ pattern: '^[0-9]{4}$' });
const element = Type.Integer({ minimum: 2, maximum: 192 });
const name = shared('value', Type.Enum([...new Set<string>([...REQUEST_NAMES, ...ANSWER_NAMES])]));
const width = Type.Integer({ minimum: 1, maximum: 999 });
const codeMap = shared('codes', Type.Record(rc, rc));

/** `4`, `48.14` (a tag or subfield), `63#047` (a block of a function code). */
const PATH = '^([2-9]|[1-9][0-9]|1[0-8][0-9]|19[0-2])((\\.[0-9A-Za-z]{1,12}){1,4}|#[0-9A-Za-z]{1,6})?$';

const Value = shared(
  'placed',
  Type.Object(
    {
      value: name,
      page: Type.Optional(Type.Enum([...PAGES], said('Code page of a text; the element must carry any byte (latin1)'))),
      max: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 999, description: 'Most bytes of a text: the rest is cut' }),
      ),
      map: Type.Optional(Type.Record(Type.String(), Type.String(), said('What stands on the wire → what it means'))),
      none: Type.Optional(Type.String(said('What stands on the wire where there is no value'))),
      width: Type.Optional(Type.Integer({ minimum: 1, maximum: 999, description: 'Filled to so many characters' })),
    },
    closed,
  ),
);
const Part = shared(
  'part',
  Type.Union([
    Type.Tuple([Type.Union([name, Value]), width], said('A value, and its width')),
    Type.Object({ filler: Type.String({ minLength: 1, maxLength: 1 }), width }, closed),
  ]),
);
const Slices = Type.Object(
  {
    slices: Type.Array(Part, {
      minItems: 1,
      maxItems: 40,
      description: 'Values of fixed widths, one behind the other',
    }),
  },
  closed,
);
const Units = Type.Record(
  Type.String(),
  Type.Object(
    {
      unit: Type.Enum(['00', '01', '02'], said('00 piece, 01 gram, 02 millilitre')),
      times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
      per: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    },
    closed,
  ),
  said('Unit on the wire → ours; our quantity is that of the wire × times / per'),
);
const ListOf = Type.Object(
  {
    list: Type.Enum(['basket', 'verdicts']),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 4, description: 'Digits in front that count the lines' })),
    most: Type.Optional(Type.Integer({ minimum: 1, maximum: 99, description: 'Most lines; 30 without' })),
    of: Type.Array(Type.Tuple([Type.Enum([...new Set([...BASKET_MEMBERS, ...VERDICT_MEMBERS])]), width]), {
      minItems: 1,
      maxItems: 12,
    }),
    units: Type.Optional(Units),
    amounts: Type.Optional(
      Type.Enum(['even', 'by-quantity'], said('How the total is spread over lines that carry no amounts')),
    ),
  },
  closed,
);
const Lines = Type.Object(
  {
    lines: Type.Array(Type.String({ maxLength: 200 }), {
      minItems: 1,
      maxItems: 30,
      description: 'Lines of a receipt; {voucher} is a value. A line whose value there is not is left out',
    }),
    page: Type.Optional(Type.Enum([...PAGES])),
    between: Type.Optional(
      Type.String({ minLength: 1, maxLength: 2, description: 'Between lines; a line feed without' }),
    ),
    digits: Type.Optional(Type.Enum(['fa', 'en'], said('Digits of the values; fa without'))),
    max: Type.Optional(Type.Integer({ minimum: 1, maximum: 999 })),
  },
  closed,
);
const Pages = Type.Object(
  {
    pages: Type.Integer({ minimum: 20, maximum: 990, description: 'The goods list, cut into so many bytes a page' }),
    row: Type.Array(Type.Enum(['code', 'category', 'unit', 'cap', 'name']), { minItems: 1 }),
    between: Type.String({ minLength: 1, maxLength: 2 }),
    end: Type.String({ minLength: 1, maxLength: 2 }),
    page: Type.Optional(Type.Enum([...PAGES])),
  },
  closed,
);
const Content = shared(
  'content',
  Type.Union(
    [
      name,
      Value,
      Type.Object({ constant: Type.String() }, closed),
      Type.Object({ computed: Type.Enum([...COMPUTED]) }, closed),
      Slices,
      ListOf,
      Lines,
      Pages,
    ],
    said('What stands there'),
  ),
);
const Fields = shared(
  'fields',
  Type.Record(Type.String({ pattern: PATH }), Type.Union([Content, Type.Null()]), said('Place → what stands there')),
);
const Source = Type.Union([
  Type.Enum([...DERIVATIONS]),
  Type.Object({ same: Type.Enum([...REQUEST_NAMES]) }, closed),
  Type.Object({ constant: Type.String() }, closed),
]);
const Sources = shared('sources', Type.Union([Source, Type.Array(Source, { minItems: 1 })]));
const Derived = shared(
  'derived',
  Type.Object(Object.fromEntries(REQUEST_NAMES.map((each) => [each, Type.Optional(Sources)])), {
    ...closed,
    description: 'Values that the wire does not carry: of several, the first that there is',
  }),
);
const uses = Type.Optional(Type.Array(identifier, said('Layouts whose fields stand in this message too')));

const Layout = shared(
  'layout',
  Type.Object({ uses, fields: Type.Optional(Fields), derived: Type.Optional(Derived) }, closed),
);

const Request = shared(
  'request',
  Type.Object(
    {
      title: words,
      mti: Type.Array(mti, { minItems: 1, description: 'The first, then its repeats and advices that mean the same' }),
      processing: Type.Optional(Type.Array(Type.String({ pattern: '^[0-9]{6}$' }), { minItems: 1 })),
      with: Type.Optional(Type.String({ pattern: PATH, description: 'Only with this element, tag or block' })),
      kind: Type.Enum([...KINDS]),
      rest: Type.Optional(Type.Enum(['card', 'cash'], said('Who pays what the voucher does not'))),
      amount: Type.Optional(
        Type.Enum(['total', 'card'], said('What DE 4 means: the total, or the card part of a quote')),
      ),
      reserve: Type.Optional(Type.Enum(['always', 'asked', 'never'], said('Whether a quote holds its credit'))),
      quote: Type.Optional(Type.Enum(['optional', 'needed'], said('Whether a purchase names a quote'))),
      zero: Type.Optional(Type.Boolean(said('An amount of zero is no fault (default: false)'))),
      processingAs: Type.Optional(
        Type.String({ pattern: '^[0-9]{6}$', description: 'What the bank is asked with, where it is forwarded' }),
      ),
      confirmWithinMs: Type.Optional(
        Type.Integer({ minimum: 1_000, maximum: 86_400_000, description: 'Reversed without an advice in this time' }),
      ),
      uses,
      fields: Type.Optional(Fields),
      derived: Type.Optional(Derived),
      answer: identifier,
      final: Type.Optional(Type.Array(rc, said('Codes after which the device stops repeating it'))),
    },
    closed,
  ),
);

const Answer = shared(
  'answer',
  Type.Object(
    {
      uses,
      echo: Type.Optional(Type.Array(element, said('Elements that stand as in the request'))),
      fields: Type.Optional(Fields),
      bank: Type.Optional(Type.Boolean(said("Elements of the bank's answer go to the terminal as they are"))),
      codes: Type.Optional(codeMap),
    },
    closed,
  ),
);

const Plain = shared(
  'message',
  Type.Object(
    { mti, fields: Type.Record(Type.String(), Type.Any()) },
    { ...closed, description: 'A message as `kalabarg encode` takes it' },
  ),
);
const Example = shared(
  'example',
  Type.Object(
    {
      title: words,
      request: Plain,
      means: Type.Record(Type.String(), Type.Any(), said('Members of the canonical transaction; rials as text')),
      answer: Type.Optional(
        Type.Record(Type.String(), Type.Any(), said('Members of the canonical answer; rials as text')),
      ),
      writes: Type.Optional(Plain),
    },
    closed,
  ),
);

export const ProfileSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    name: identifier,
    extends: Type.Optional(
      Type.String(said('Another profile by name, or a file beside this one: only what differs is written')),
    ),
    title: words,
    dialect: Type.String({
      pattern: '^[\\w./-]+$',
      description: 'A dialect of specs/ by name, or a file beside this one',
    }),
    blocks: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[0-9]{1,3}$' }),
        Type.Object(
          {
            count: Type.Integer({ minimum: 0, maximum: 4 }),
            code: Type.Integer({ minimum: 1, maximum: 6 }),
            length: Type.Integer({ minimum: 1, maximum: 4 }),
          },
          { ...closed, description: 'Digits of the count of blocks (0: none), and of code and length of each' },
        ),
        said('Elements that hold blocks of function codes'),
      ),
    ),
    layouts: Type.Optional(Type.Record(identifier, Layout)),
    requests: Type.Record(identifier, Request),
    answers: Type.Record(identifier, Answer),
    otherwise: Type.Record(
      Type.String({ pattern: '^[0-9]{0,4}$' }),
      identifier,
      said('The answer to what is none of the requests, by the first digits of its MTI; "" to all else'),
    ),
    codes: Type.Optional(
      Type.Object(
        {
          out: Type.Optional(codeMap),
          in: Type.Optional(codeMap),
        },
        { ...closed, description: 'Our response code → that of the wire; what is not named stays. in: the other way' },
      ),
    ),
    assumed: Type.Optional(
      Type.Array(
        Type.Object({ at: Type.String({ pattern: '^(/[^/]+)+$' }), fa: Type.String(), en: Type.String() }, closed),
        said('What nobody has confirmed: a JSON pointer into this file, and what to ask'),
      ),
    ),
    examples: Type.Optional(Type.Array(Example)),
  },
  { ...closed, title: 'A profile of kalabarg-gateway (docs/profiles.md)', $defs: DEFINITIONS },
);

export type ProfileFile = Static<typeof ProfileSchema>;
export type RequestFile = Static<typeof Request>;
export type AnswerFile = Static<typeof Answer>;
export type LayoutFile = Static<typeof Layout>;
export type Fields = NonNullable<LayoutFile['fields']>;
export type ContentFile = Static<typeof Content>;
export type ValueFile = Static<typeof Value>;
export type PartFile = Static<typeof Part>;
export type ListFile = Static<typeof ListOf>;
export type LinesFile = Static<typeof Lines>;
export type PagesFile = Static<typeof Pages>;
export type SourceFile = Static<typeof Source>;
export type ExampleFile = Static<typeof Example>;
export type BlockWidths = NonNullable<ProfileFile['blocks']>[string];
