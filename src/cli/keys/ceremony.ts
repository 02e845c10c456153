import { kcv, type Hsm, type KeyRef, type KeySpec } from '../../hsm/index.ts';
import { GatewayError } from '../../ops/errors.ts';
import type { Prompter } from './prompt.ts';

export interface Ceremony {
  readonly spec: KeySpec;
  /** How many hold a component; at least two. */
  readonly people: number;
  /** Check value of the whole key, where its sheet says it. */
  readonly kcv: string | undefined;
}

export interface Formed {
  readonly key: KeyRef;
  readonly people: readonly string[];
}

/** Forms a key of components that different people type, each unseen by the others. Each sees the check value of what was
 *  typed, and types it again when it is not the one on the sheet. Nobody, and nothing, keeps a component.
 *  @throws GatewayError `keys.people`, `keys.kcv`, `keys.refused` */
export async function holdCeremony(
  prompter: Prompter,
  hsm: Pick<Hsm, 'formKey'>,
  ceremony: Ceremony,
  whoIsIt: WhoIsIt = askName,
): Promise<Formed> {
  const { spec, people } = ceremony;
  prompter.tell(
    `A ${spec.algorithm} key of ${spec.bits} bits, of ${people} components. Only who holds a component looks on.`,
  );
  const components: Buffer[] = [];
  const names: string[] = [];
  try {
    for (let number = 1; number <= people; number++) {
      names.push(otherThan(names, await whoIsIt(prompter, number, people)));
      components.push(await askComponent(prompter, spec, number));
    }
    const key = await hsm.formKey(spec, components);
    await confirm(prompter, key, ceremony.kcv);
    return { key, people: names };
  } finally {
    for (const component of components) component.fill(0);
  }
}

/** Says by which name the holder of a component stands on record. */
export type WhoIsIt = (prompter: Prompter, number: number, people: number) => Promise<string>;

async function askName(prompter: Prompter, number: number, people: number): Promise<string> {
  const name = await prompter.ask(`\nPerson ${number} of ${people}, your name: `);
  if (!/^\S.{1,99}$/u.test(name)) throw new GatewayError('keys.people', 'A name has 2 to 100 characters.');
  return name;
}

function otherThan(names: readonly string[], name: string): string {
  if (names.some((known) => known.toLowerCase() === name.toLowerCase())) {
    throw new GatewayError('keys.people', `${name} holds a component already: every component has another person.`);
  }
  return name;
}

const TRIES = 3;

async function askComponent(prompter: Prompter, spec: KeySpec, number: number): Promise<Buffer> {
  const digits = spec.bits / 4;
  for (let tries = 0; tries < TRIES; tries++) {
    const text = (await prompter.askHidden(`Component ${number}, ${digits} hexadecimal digits (not shown): `)).replace(
      /[\s-]/g,
      '',
    );
    if (text.length !== digits || !/^[0-9A-Fa-f]+$/.test(text)) {
      prompter.tell(`That was not ${digits} hexadecimal digits. Again, please.`);
      continue;
    }
    const component = Buffer.from(text, 'hex');
    prompter.tell(`Its check value is ${kcv(spec.algorithm, component)}.`);
    if (await agreed(prompter, 'Is that the one on your sheet (yes/no)? ')) return component;
    component.fill(0);
  }
  throw new GatewayError('keys.refused', `Component ${number} was not typed in ${TRIES} tries. Nothing was stored.`);
}

async function confirm(prompter: Prompter, key: KeyRef, expected: string | undefined): Promise<void> {
  prompter.tell(`\nThe check value of the key is ${key.kcv}.`);
  if (expected !== undefined) {
    if (expected.toUpperCase() === key.kcv) return;
    throw new GatewayError('keys.kcv', `The expected check value is ${expected.toUpperCase()}. Nothing was stored.`);
  }
  if (await agreed(prompter, 'Is that the one that was agreed on (yes/no)? ')) return;
  throw new GatewayError('keys.refused', 'Nothing was stored.');
}

async function agreed(prompter: Prompter, question: string): Promise<boolean> {
  return /^(y|yes|b|baleh|بله)$/i.test(await prompter.ask(question));
}
