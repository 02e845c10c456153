import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseScenario } from '../../../src/simulators/terminal/index.ts';
import { startSystem, type System } from '../../support/system.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Aliases of aliases: a few lines that stand for a billion values. */
function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join()}]`,
    );
  return `${lines.join('\n')}\nsteps: *a8\n`;
}

describe('a scenario that is none is refused with every fault and its place', () => {
  test.each([
    ['steps: 5', 'steps: must be array'],
    ['steps: []', 'steps: must NOT have fewer than 1 items'],
    ['steps: [{}]', 'steps.0: needs exactly one of purchase, inquiry'],
    ['steps: [{ purchase: { household: 7, amount: -1 } }]', 'steps.0.purchase.amount: must be >= 0'],
    ['steps: [{ purchase: { household: 7, amount: 1, tip: 2 } }]', 'steps.0.purchase.tip: is not known here'],
    [
      'steps:\n  - wait: 5\n  - purchase:\n      household: 7\n      amount: -5',
      'line 5: steps.1.purchase.amount: must be',
    ],
    [
      'steps:\n  - wait: 5\n  - inquiry:\n      amount: 5',
      "line 4: steps.1.inquiry: must have required property 'house",
    ],
    [
      'steps:\n  - repeat:\n      times: 2\n      steps:\n        - nap: 5',
      'line 5: steps.0.repeat.steps.0.nap: is not',
    ],
    ['steps: [{ wait: 1 }]\nsteps: [{ wait: 2 }]', 'Map keys must be unique at line 2'],
    [bomb(), 'Excessive alias count'],
    ['steps: [{ wait: 5, network: "301" }]', 'steps.0: needs exactly one of'],
    ['steps: [{ repeat: { times: 2, steps: [{ wait: 0 }] } }]', 'steps.0.repeat.steps.0.wait: must be >= 1'],
    ['steps: [{ reverse: "7up" }]', 'steps.0.reverse: must match pattern'],
    ['terminal: 10000001\nsteps: [{ wait: 1 }]', 'terminal: must be string'],
    ['steps: [', 'at line 1'],
    ['hello', 'the file: must be object'],
  ])('%s', (yaml, fault) => {
    expect(() => parseScenario(yaml, 'x.yaml')).toThrow(fault);
  });
});

describe('on the real gateway', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system.stop());

  test('the examples hold, however often they run', async () => {
    const [scenario, quote] = ['scenario.yaml', 'scenario-quote.yaml'].map((name) => join(root, 'examples', name));
    const often = Array.from({ length: 12 }, () => scenario ?? '');
    const { stdout, stderr, status } = await system.kalabarg('simulate', 'terminal', 'run', ...often, quote ?? '');
    expect([stdout.match(/^ +.*|FAIL.*/gm) ?? [], stderr, status]).toEqual([[], '', 0]);
    expect(stdout.split('a purchase, its repeat, its reversal: 15 steps, 0 failed')).toHaveLength(13);
    expect(stdout).toContain('credit that was quoted and reserved: 4 steps, 0 failed');
  });

  test('an expectation that fails says what it wants and what is, and the rest goes on', async () => {
    const file = join(system.data, 'bad.yaml');
    const steps = ['inquiry: { household: 905 }, expect: { rc: "51", left: 5 }', 'reverse: nobody', 'network: "301"'];
    writeFileSync(file, `steps:\n${steps.map((step) => `  - { ${step} }`).join('\n')}\n`);
    const { stdout, status } = await system.kalabarg('simulate', 'terminal', 'run', file);
    expect(status).toBe(2);
    expect(stdout).toMatch(/FAIL steps\.0 inquiry: RC 00\n +rc: expected 51, got 00\n +left: expected 5, got 0\n/);
    expect(stdout).toContain('no step before this one has the name nobody');
    expect(stdout).toContain('ok   steps.2 network: RC 00');
  });
});
