import type { ReactNode } from 'react';

/** Who speaks, in the order of their lanes from the start of a line to its end. */
export const LANES = ['terminal', 'gateway', 'bank'] as const;
const AT: Readonly<Record<string, number>> = { terminal: 10, gateway: 50, bank: 90 };
const HIGH = 46;
const LINE = 32;

/** Three lines from top to bottom of a row; rows stand on each other, and so the lines go through. */
export function Lifelines(): ReactNode {
  return (
    <svg width="100%" height="100%" aria-hidden className="lifelines">
      {Object.values(AT).map((x) => (
        <line key={x} x1={`${x}%`} x2={`${x}%`} y1="0" y2="100%" />
      ))}
    </svg>
  );
}

interface ArrowProps {
  readonly from: string;
  readonly to: string;
  /** The first lane stands at the right. */
  readonly rtl: boolean;
  readonly tone: 'plain' | 'bad';
  readonly children: string;
}

/** A message between two lanes, with its name above. */
export function Arrow({ from, to, rtl, tone, children }: ArrowProps): ReactNode {
  const place = (who: string): number => (rtl ? 100 - (AT[who] ?? 50) : (AT[who] ?? 50));
  const [begins, ends] = [place(from), place(to)];
  const head = ends > begins ? -1 : 1; // the head points to where the message goes
  return (
    <svg width="100%" height={HIGH} aria-hidden className={`arrow ${tone}`}>
      <line x1={`${begins}%`} x2={`${ends}%`} y1={LINE} y2={LINE} />
      <circle cx={`${begins}%`} cy={LINE} r="3" />
      <svg x={`${ends}%`} y={LINE} overflow="visible">
        <path d={`M0 0L${head * 9} -5L${head * 9} 5Z`} />
      </svg>
      <text x={`${(begins + ends) / 2}%`} y={LINE - 8} textAnchor="middle" direction={rtl ? 'rtl' : 'ltr'}>
        {children}
      </text>
    </svg>
  );
}
