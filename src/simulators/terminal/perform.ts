import { DEMO_PIN, demoPan, demoTrack2 } from '../../demo/index.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { readAmounts } from './amounts.ts';
import type { Scenario, ScenarioStep } from './scenario.ts';
import type { Answer, SimulatedCard, SimulatedTerminal } from './terminal.ts';

/** One step that was done: what it was, how it ended, and what was not as expected. */
export interface Performed {
  /** `steps.3`, inside a repetition `steps.3.2[1]`. */
  readonly path: string;
  readonly deed: string;
  readonly rc: string | undefined;
  readonly faults: readonly string[];
}

const AMOUNTS = { voucher: '9841', card: '0041', cash: '0004', left: '9802' } as const;

/** Plays a scenario on a terminal that is signed on. A step that fails does not end it.
 *  @param onStep told of each step as it is done */
export async function performScenario(
  scenario: Scenario,
  device: SimulatedTerminal,
  onStep: (step: Performed) => void = () => undefined,
): Promise<Performed[]> {
  const done: Performed[] = [];
  const named = new Map<string, Answer>();
  await performSteps(scenario.steps, 'steps', { device, named }, (step) => {
    done.push(step);
    onStep(step);
  });
  return done;
}

interface Stage {
  readonly device: SimulatedTerminal;
  readonly named: Map<string, Answer>;
}

async function performSteps(
  steps: readonly ScenarioStep[],
  path: string,
  stage: Stage,
  tell: (step: Performed) => void,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const own = `${path}.${index}`;
    if (step.wait !== undefined) await stage.device.clock.sleep(step.wait);
    else if (step.repeat !== undefined) {
      for (let time = 0; time < step.repeat.times; time++)
        await performSteps(step.repeat.steps, `${own}[${time}]`, stage, tell);
    } else tell(await perform(step, own, stage));
  }
}

async function perform(step: ScenarioStep, path: string, stage: Stage): Promise<Performed> {
  const deed = Object.keys(step).find((key) => !['as', 'quote', 'expect'].includes(key)) ?? '';
  try {
    const answer = await act(step, stage);
    if (step.as !== undefined) stage.named.set(step.as, answer);
    const faults = faultsOf(answer, step.expect);
    if (answer.macGood === false) faults.push('the MAC of the answer is wrong');
    return { path, deed, rc: answer.rc, faults };
  } catch (error) {
    return { path, deed, rc: undefined, faults: [messageOf(error)] };
  }
}

function act(step: ScenarioStep, stage: Stage): Promise<Answer> {
  const { device } = stage;
  const { purchase, inquiry, balance, reverse, again, network } = step;
  if (purchase !== undefined) {
    const quote = step.quote === undefined ? {} : { '14': named(stage, step.quote).message.get('48.14') ?? '' };
    const tags = { ...purchase.tags, ...quote };
    const fields = Object.keys(tags).length === 0 ? {} : { 48: tags };
    const code = { card: '179800', cash: '179898', none: '000000' }[purchase.rest ?? 'card'];
    return device.financial(
      code,
      BigInt(purchase.amount),
      cardOf(purchase.household, purchase.pin ?? DEMO_PIN),
      fields,
    );
  }
  if (inquiry !== undefined) {
    const fields = inquiry.reserve === true ? { 48: { '15': '1' } } : {};
    return device.financial('379800', BigInt(inquiry.amount ?? 0), cardOf(inquiry.household, undefined), fields);
  }
  if (balance !== undefined) return device.financial('310000', 0n, cardOf(balance.household, balance.pin ?? DEMO_PIN));
  if (step.return !== undefined) {
    const bought = named(stage, step.return.of);
    const track2 = bought.request.get(35) ?? '';
    const card = { pan: track2.split('=')[0] ?? '', track2, pin: DEMO_PIN };
    return device.financial('279800', BigInt(step.return.amount), card, { 48: { '10': bought.message.get(37) ?? '' } });
  }
  if (reverse !== undefined) return device.reverse(named(stage, reverse).request, '17');
  if (again !== undefined) return device.exchange(named(stage, again).request);
  return device.network(network ?? '301');
}

function named(stage: Stage, name: string): Answer {
  const answer = stage.named.get(name);
  if (answer === undefined)
    throw new GatewayError('scenario.name', `no step before this one has the name ${name} (as: ${name})`);
  return answer;
}

function cardOf(household: number, pin: string | undefined): SimulatedCard {
  return { pan: demoPan(household), track2: demoTrack2(household), pin };
}

function faultsOf(answer: Answer, expected: ScenarioStep['expect']): string[] {
  const faults: string[] = [];
  const want = (what: string, due: string, is: string | undefined): void => {
    if (due !== is) faults.push(`${what}: expected ${due}, got ${is ?? 'nothing'}`);
  };
  if (expected?.rc !== undefined) want('rc', expected.rc, answer.rc);
  const amounts = readAmounts(answer.message.get(54), answer.unit);
  for (const [what, line] of Object.entries(AMOUNTS)) {
    const due = expected?.[what as keyof typeof AMOUNTS];
    if (due !== undefined) want(what, String(due), String(amounts.get(line) ?? 0n));
  }
  for (const [path, due] of Object.entries(expected?.fields ?? {}))
    want(path, due, answer.message.get(path.includes('.') ? path : Number(path)));
  return faults;
}
