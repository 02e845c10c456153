import type { Trace } from '../traces/index.ts';
import type { LegResult } from '../ledger/index.ts';
import type { Ports } from './ports.ts';

const LEDGER = ['purchase', 'return', 'forward', 'complete', 'outcome', 'quote', 'releaseQuote', 'reverse', 'advise', 'totals'] as const; // prettier-ignore
const VOUCHER = ['purchase', 'quote', 'releaseQuote', 'complete'] as const;
const BANK = ['cardLeg', 'pinCheck', 'refund', 'forward'] as const;

/** The ports of a request of the sample: what it asks of ledger, authority and bank is a step of its trace each. */
export function traced<P extends Ports>(ports: P, trace: Trace): P {
  const { ledger, voucher, bank } = ports;
  return {
    ...ports,
    ledger: stepped(ledger, LEDGER, 'ledger', trace),
    ...(voucher === undefined ? {} : { voucher: stepped(voucher, VOUCHER, voucher === ledger ? 'ledger' : 'voucher', trace) }), // prettier-ignore
    bank: stepped(bank, BANK, 'bank', trace, (result) => said(result as LegResult)),
  };
}

function said(result: LegResult): Record<string, string> {
  return { 'kalabarg.leg': result.kind, ...(result.kind === 'approved' ? {} : { 'kalabarg.rc': result.rc }) };
}

/** The same port, whose named methods are steps. */
function stepped<Port extends object>(
  port: Port,
  names: readonly (keyof Port & string)[],
  prefix: string,
  trace: Trace,
  saidOf?: (result: unknown) => Record<string, string>,
): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      const method = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
      if (!names.some((each) => each === name)) return method;
      return (...args: unknown[]) => trace.step(`${prefix} ${String(name)}`, () => method(...args), saidOf);
    },
  });
}
