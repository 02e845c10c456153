import { expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { holdCeremony, type WhoIsIt } from '../../src/cli/keys/ceremony.ts';
import { createPrompter } from '../../src/cli/keys/prompt.ts';
import { kcv, softwareHsm, type KeySpec } from '../../src/hsm/index.ts';

const ONE = '0123456789ABCDEFFEDCBA9876543210';
const TWO = 'F0E1D2C3B4A5968778695A4B3C2D1E0F';
const SPEC: KeySpec = { usage: 'K1', algorithm: 'AES', bits: 128 };
const hsm = softwareHsm({ lmk: Buffer.alloc(32, 3) });
const xored = Buffer.from(ONE, 'hex').map((byte, i) => byte ^ Buffer.from(TWO, 'hex')[i]!);

/** People at a terminal who type one line each time they are asked; gives what the screen showed. */
async function ceremony(lines: readonly string[], options: { kcv?: string; people?: number; who?: WhoIsIt } = {}) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let screen = '';
  const typed = [...lines];
  output.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
    if (!/(: |\? )$/.test(chunk.toString())) return;
    const line = typed.shift();
    setImmediate(() => (line === undefined ? input.end() : input.write(`${line}\r`)));
  });
  const prompter = createPrompter(input, output, true);
  try {
    const wanted = { spec: SPEC, people: options.people ?? 2, kcv: options.kcv };
    const formed = await holdCeremony(prompter, hsm, wanted, options.who);
    return { formed, screen: () => screen };
  } catch (error) {
    return { error: error as Error, screen: () => screen };
  } finally {
    prompter.close();
  }
}

test('two people form a key; the screen shows check values and names, and never a digit of a component', async () => {
  const spaced = TWO.replace(/(.{4})/g, '$1 ').toLowerCase();
  const { formed, screen } = await ceremony(['Zohreh Amini', ONE, 'yes', 'Bahram Karimi', spaced, 'yes', 'yes']);
  expect(formed?.people).toEqual(['Zohreh Amini', 'Bahram Karimi']);
  expect(formed?.key).toMatchObject({ ...SPEC, kcv: kcv('AES', xored) });
  for (const value of [ONE, TWO]) {
    expect(screen()).toContain(kcv('AES', Buffer.from(value, 'hex')));
    for (let at = 0; at + 6 <= value.length; at++)
      expect(screen().toUpperCase()).not.toContain(value.slice(at, at + 6));
  }
  expect(screen()).toContain('Zohreh Amini');
});

test('what is not the component is asked again, and what has another check value too', async () => {
  const { formed, screen } = await ceremony(['Zohreh', 'C0FFEE', TWO, 'no', ONE, 'yes', 'Bahram', TWO, 'yes', 'yes']);
  expect(formed?.key.kcv).toBe(kcv('AES', xored));
  expect(screen()).toContain('not 32 hexadecimal digits');
});

test.each<[string, string[], { kcv?: string }, string]>([
  ['one person twice', ['Zohreh', ONE, 'yes', 'zohreh'], {}, 'zohreh holds a component already'],
  ['no name', ['', ONE], {}, 'A name has 2 to 100 characters'],
  [
    'another check value than the sheet says',
    ['Zohreh', ONE, 'yes', 'Bahram', TWO, 'yes'],
    { kcv: '000000' },
    'expected check value is 000000',
  ],
  ['a check value that nobody agreed on', ['Zohreh', ONE, 'yes', 'Bahram', TWO, 'yes', 'no'], {}, 'Nothing was stored'],
  ['three wrong tries', ['Zohreh', 'a', 'b', 'c'], {}, 'not typed in 3 tries'],
  ['people who go away', ['Zohreh', ONE], {}, 'The input ended'],
])('%s ends the ceremony', async (_, lines, options, message) => {
  const { error, screen } = await ceremony(lines, options);
  expect(error?.message).toContain(message);
  expect(`${error?.message ?? ''}${screen()}`).not.toContain(ONE.slice(0, 8));
});

test('a pipe is read line by line, as fast as it comes', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const prompter = createPrompter(input, output, false);
  input.end('one\n two \nthree\n');
  expect(await prompter.ask('1? ')).toBe('one');
  expect(await prompter.askHidden('2? ')).toBe('two');
  expect(await prompter.ask('3? ')).toBe('three');
  await expect(prompter.ask('4? ')).rejects.toMatchObject({ code: 'keys.input' });
  expect(String(output.read())).not.toMatch(/one|two|three/);
});

test('where people sign in, their logins stand on record, and one who signs in twice holds one component', async () => {
  const logins = ['zohreh', 'bahram'];
  const signsIn: WhoIsIt = (_, number) => Promise.resolve(logins[number - 1] ?? '');
  const { formed } = await ceremony([ONE, 'yes', TWO, 'yes', 'yes'], { who: signsIn });
  expect(formed?.people).toEqual(logins);
  const { error } = await ceremony([ONE, 'yes'], { who: () => Promise.resolve('zohreh') });
  expect(error?.message).toContain('zohreh holds a component already');
});
