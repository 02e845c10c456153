import { demandBytes } from './bytes.ts';
import type { Codec } from './compile.ts';
import { dialectOf } from './dialect.ts';
import { Message } from './message.ts';
import type { FieldTypes, Spec } from './plan.ts';
import { walk } from './walk.ts';

/** What reads the messages of a dialect without making code: for where code that is made may not run (a browser's policy), and speed is no
 *  matter. It finds and refuses what `compile` does. */
export type Reader<F = FieldTypes> = Pick<Codec<F>, 'spec' | 'decode'>;

export function interpret<F = FieldTypes>(spec: Spec<F>): Reader<F> {
  const dialect = dialectOf(spec as Spec);
  return {
    spec,
    decode: (bytes) => {
      demandBytes(bytes);
      return new Message<F>(dialect, walk(dialect, Buffer.from(bytes)));
    },
  };
}
