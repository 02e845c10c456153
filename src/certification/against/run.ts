import { messageOf } from '../../ops/errors.ts';
import type { Clock } from '../../ops/clock.ts';
import type { SimulatedCard, SimulatedTerminal } from '../../simulators/terminal/index.ts';
import { GATEWAY_CASES, type GatewayCase, type GatewayFinding } from './cases.ts';

export interface GatewayResult {
  readonly id: string;
  readonly title: GatewayCase['title'];
  readonly source: string;
  readonly verdict: 'passed' | 'failed';
  readonly findings: readonly GatewayFinding[];
}

/** Looks at a gateway from a terminal that is signed on. Purchases are small, and each is reversed; a case that fails ends no other.
 *  @throws GatewayError `terminal.keys`, `terminal.silence` where not even a sign-on is possible */
export async function certifyGateway(
  { device, card, clock }: { readonly device: SimulatedTerminal; readonly card: SimulatedCard; readonly clock: Clock },
  onCase: (result: GatewayResult) => void = () => undefined,
): Promise<readonly GatewayResult[]> {
  await device.signOn();
  const results: GatewayResult[] = [];
  const cases = GATEWAY_CASES.filter(({ contractOnly }) => contractOnly !== true || !device.speaksAnother);
  for (const { id, title, source, look } of cases) {
    let findings: readonly GatewayFinding[];
    try {
      findings = await look({ device, card });
    } catch (error) {
      findings = [{ fault: 'no-answer', why: messageOf(error) }];
    }
    const result = {
      id,
      title,
      source,
      verdict: findings.length === 0 ? ('passed' as const) : ('failed' as const),
      findings,
    };
    results.push(result);
    onCase(result);
    await clock.sleep(PAUSE_MS);
  }
  return results;
}

/** A terminal that asks too fast is held back by the guard. */
const PAUSE_MS = 200;
