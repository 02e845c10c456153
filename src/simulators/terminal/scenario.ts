import { Type, type Static } from 'typebox';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { schemaCheck } from '../../ops/schema.ts';

const closed = { additionalProperties: false };
const rials = Type.Integer({ minimum: 0, maximum: 999_999_999_999 });
const household = Type.Integer({ minimum: 1, maximum: 1_000 });
const pin = Type.String({ pattern: '^[0-9]{4,12}$' });
const name = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_-]{0,40}$' });
const paths = Type.Record(Type.String({ pattern: '^[0-9]{1,3}(\\.[0-9A-F]{2,6})?$' }), Type.String());

const Card = {
  household,
  amount: rials,
  pin: Type.Optional(pin),
  tags: Type.Optional(Type.Record(Type.String(), Type.String())),
};

/** What is expected of an answer: its code, the parts of DE 54 in rials, any element or tag. */
const Expect = Type.Object(
  {
    rc: Type.Optional(Type.String({ pattern: '^[0-9A-Z]{2}$' })),
    voucher: Type.Optional(rials),
    card: Type.Optional(rials),
    cash: Type.Optional(rials),
    left: Type.Optional(rials),
    fields: Type.Optional(paths),
  },
  closed,
);

const Step = Type.Object(
  {
    purchase: Type.Optional(Type.Object({ ...Card, rest: Type.Optional(Type.Enum(['card', 'cash', 'none'])) }, closed)),
    inquiry: Type.Optional(
      Type.Object({ household, amount: Type.Optional(rials), reserve: Type.Optional(Type.Boolean()) }, closed),
    ),
    balance: Type.Optional(Type.Object({ household, pin: Type.Optional(pin) }, closed)),
    return: Type.Optional(Type.Object({ of: name, amount: rials }, closed)),
    reverse: Type.Optional(name),
    again: Type.Optional(name),
    network: Type.Optional(Type.String({ pattern: '^[0-9]{3}$' })),
    wait: Type.Optional(Type.Integer({ minimum: 1, maximum: 600_000, description: 'milliseconds' })),
    repeat: Type.Optional(
      Type.Object(
        { times: Type.Integer({ minimum: 1, maximum: 10_000 }), steps: Type.Array(Type.Unknown(), { minItems: 1 }) },
        closed,
      ),
    ),
    as: Type.Optional(name),
    quote: Type.Optional(name),
    expect: Type.Optional(Expect),
  },
  closed,
);

const Head = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 200 })),
    terminal: Type.Optional(Type.String({ pattern: '^[0-9]{8}$' })),
    profile: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9-]{0,40}$' })),
    steps: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 10_000 }),
  },
  closed,
);

export type ScenarioStep = Omit<Static<typeof Step>, 'repeat'> & {
  readonly repeat?: { readonly times: number; readonly steps: readonly ScenarioStep[] };
};
export interface Scenario {
  readonly name: string | undefined;
  readonly terminal: string | undefined;
  /** What it speaks; undefined: as the command says, or the contract. */
  readonly profile: string | undefined;
  readonly steps: readonly ScenarioStep[];
}

const DEEDS = ['purchase', 'inquiry', 'balance', 'return', 'reverse', 'again', 'network', 'wait', 'repeat'] as const;
const MAX_BYTES = 1 << 20;
const MAX_DEPTH = 5;

/** Reads a scenario of a terminal (docs/replay.md, Scenarios).
 *  @throws GatewayError `scenario.invalid` that names every fault and its place, `line 7: steps.2.purchase.amount` */
export function parseScenario(text: string, file: string): Scenario {
  if (text.length > MAX_BYTES) throw invalid(file, [`longer than ${MAX_BYTES} characters`]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0)
    throw invalid(
      file,
      document.errors.map(({ message }) => message),
    );
  const faults: Fault[] = [];
  const value = plainValue(document, file);
  check(schemaCheck(Head), value, [], faults);
  const head = value as Static<typeof Head>;
  if (faults.length === 0) checkSteps(schemaCheck(Step), head.steps, ['steps'], faults, 0);
  if (faults.length > 0)
    throw invalid(
      file,
      faults.map((fault) => faultText(fault, document, lines)),
    );
  return { name: head.name, terminal: head.terminal, profile: head.profile, steps: head.steps as ScenarioStep[] };
}

interface Fault {
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

/** @throws GatewayError `scenario.invalid` for aliases that stand for more than any scenario is */
function plainValue(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw invalid(file, [messageOf(error)]);
  }
}

/** The line of a value; of one that is missing, the line of what it is missing in. */
function faultText({ path, reason }: Fault, document: Document.Parsed, lines: LineCounter): string {
  for (let known = path; ; known = known.slice(0, -1)) {
    const node = known.length === 0 ? document.contents : document.getIn(known, true);
    const start = isNode(node) ? node.range?.[0] : undefined;
    const place = path.length === 0 ? 'the file' : path.join('.');
    if (start !== undefined) return `line ${lines.linePos(start).line}: ${place}: ${reason}`;
    if (known.length === 0) return `${place}: ${reason}`;
  }
}

type Check = ReturnType<typeof schemaCheck>;

function check(faultsOf: Check, value: unknown, path: Fault['path'], faults: Fault[]): boolean {
  const found = faultsOf(value);
  for (const { path: below, unknownKey, reason } of found) {
    faults.push({ path: [...path, ...below], reason: unknownKey ? 'is not known here' : reason });
  }
  return found.length === 0;
}

function checkSteps(
  ofStep: Check,
  steps: readonly unknown[],
  path: Fault['path'],
  faults: Fault[],
  depth: number,
): void {
  for (const [index, value] of steps.entries()) {
    const own = [...path, index];
    if (!check(ofStep, value, own, faults)) continue;
    const step = value as Static<typeof Step>;
    const deeds = DEEDS.filter((deed) => step[deed] !== undefined);
    if (deeds.length !== 1) faults.push({ path: own, reason: `needs exactly one of ${DEEDS.join(', ')}` });
    if (step.repeat === undefined) continue;
    if (depth >= MAX_DEPTH) faults.push({ path: [...own, 'repeat'], reason: `more than ${MAX_DEPTH} deep` });
    else checkSteps(ofStep, step.repeat.steps, [...own, 'repeat', 'steps'], faults, depth + 1);
  }
}

function invalid(file: string, faults: readonly string[]): GatewayError {
  return new GatewayError(
    'scenario.invalid',
    `${file} is not a valid scenario:\n  ${faults.slice(0, 100).join('\n  ')}`,
  );
}
