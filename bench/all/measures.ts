/** A bench in its short form, and what its output says. */
export interface Bench {
  readonly name: string;
  readonly arguments: readonly string[];
  readonly flags?: readonly string[];
  readonly measures: readonly Measure[];
}

export interface Measure {
  readonly name: string;
  readonly peer: string;
  /** Finds the figure, and its spread where it is said: `1.90`, `1.90 (1.81 to 2.30)`. */
  readonly figure: RegExp;
  /** Absent: it is only told. */
  readonly goal?: { readonly least: number } | { readonly most: number };
}

/** `1,234.5 (1,000 to 2,000)`, as `shown` writes it. */
const FIGURE = String.raw`([\d.,]+(?: \([\d.,]+ to [\d.,]+\))?)`;

function after(text: string): RegExp {
  return new RegExp(`${text}\\s*${FIGURE}`);
}

function ofCodec(operation: string, least: number): Measure {
  const figure = new RegExp(String.raw`\n${operation}: [\s\S]*?beside jPOS: median of the cells ([\d.]+)`);
  return { name: `codec, ${operation}`, peer: 'jPOS', figure, goal: { least } };
}

/** The goals are those of the project; what is met depends on the machine, and is printed as it is found. */
export const BENCHES: readonly Bench[] = [
  {
    name: 'codec',
    arguments: ['--rounds', '3', '--millis', '150'],
    measures: [ofCodec('parse', 2), ofCodec('build', 1.8), ofCodec('both', 1.3), ofCodec('forward', 4)],
  },
  {
    name: 'ledger',
    arguments: ['--rounds', '3', '--seconds', '5', '--households', '200000'],
    flags: ['--max-semi-space-size=64'],
    measures: [
      {
        name: 'ledger, decisions a second',
        peer: 'pgbench -N',
        figure: after('ratio \\(goal 3 or more\\):'),
        goal: { least: 4 },
      },
      {
        name: 'ledger, 100 households take everything',
        peer: 'itself',
        figure: after('take everything \\(goal 0.60\\):'),
        goal: { least: 0.7 },
      },
      {
        name: 'ledger, p99 saturated, ms',
        peer: '-',
        figure: after('p99 saturated \\(goal < 60 ms\\):'),
        goal: { most: 40 },
      },
      {
        name: 'ledger, p99 at half load, ms',
        peer: '-',
        figure: /p99 ([\d.]+) ms \(goal < 15 ms\)/,
        goal: { most: 15 },
      },
    ],
  },
  {
    name: 'gateway',
    arguments: ['--rounds', '3', '--seconds', '5'],
    measures: [
      {
        name: 'gateway, purchases a second',
        peer: 'pgbench -N',
        figure: after('ratio \\(goal 1.5 or more\\):'),
        goal: { least: 2 },
      },
      { name: 'gateway, µs of its processor a purchase', peer: '-', figure: after('µs a purchase:') },
      {
        name: 'gateway, p99 at half load, ms',
        peer: '-',
        figure: /p50 [\d.]+ ms, p99 ([\d.]+) ms, worst/,
        goal: { most: 50 },
      },
    ],
  },
  {
    name: 'gateway',
    arguments: ['--jpos', '--rounds', '3', '--seconds', '5'],
    measures: [
      {
        name: 'the same gateway of jPOS, purchases a second',
        peer: 'jPOS',
        figure: after('ratio \\(goal 4 or more\\):'),
        goal: { least: 4 },
      },
      {
        name: 'the same, p99 at the own half load',
        peer: 'jPOS',
        figure: after('ratio \\(goal 0.5 or less\\):'),
        goal: { most: 0.5 },
      },
    ],
  },
  {
    name: 'connections',
    arguments: ['--terminals', '2000', '--rate', '500', '--seconds', '10'],
    measures: [
      { name: 'an idle terminal, KiB', peer: '-', figure: /RSS [\d.]+ MiB, ([\d.]+) KiB each/, goal: { most: 76 } },
      {
        name: 'p99 beside 2,000 idle terminals, ms',
        peer: '-',
        figure: /beside 2000 idle: .*?p99 ([\d.]+) ms/,
        goal: { most: 50 },
      },
      {
        name: '2,000 terminals back after a cut, s',
        peer: '-',
        figure: /storm: 2000 back in ([\d.]+) s/,
        goal: { most: 6 },
      },
    ],
  },
];

export interface Row {
  readonly measure: string;
  readonly peer: string;
  readonly found: string;
  readonly goal: string;
  readonly met: string;
}

/** What a bench said, as rows; what it did not say (no Java, no pgbench) is a dash. */
export function rowsOf(bench: Bench, said: string): Row[] {
  return bench.measures.map(({ name, peer, figure, goal }) => {
    const found = figure.exec(said)?.[1];
    const value = Number(found?.split(' ')[0]?.replaceAll(',', ''));
    const met = goal === undefined || Number.isNaN(value) ? '' : meets(value, goal) ? 'yes' : 'no';
    return { measure: name, peer, found: found ?? '-', goal: goalText(goal), met };
  });
}

function meets(value: number, goal: NonNullable<Measure['goal']>): boolean {
  return 'least' in goal ? value >= goal.least : value <= goal.most;
}

function goalText(goal: Measure['goal']): string {
  if (goal === undefined) return '';
  return 'least' in goal ? `≥ ${goal.least}` : `≤ ${goal.most}`;
}
