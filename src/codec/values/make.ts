import type { ElementPlan, ValueType } from '../plan.ts';
import { binaryValue } from './binary.ts';
import { packedValue, signedPackedValue } from './packed.ts';
import { textValue } from './text.ts';
import { utf8Value } from './utf8.ts';
import type { ValueCodec } from './value.ts';

/** The value codec of an element. */
export function valueCodec(plan: ElementPlan): ValueCodec {
  if (!isText(plan)) return binaryValue(plan);
  if (plan.encoding === 'bcd') return plan.type === 'x+n' ? signedPackedValue(plan) : packedValue(plan);
  return plan.encoding === 'utf8' ? utf8Value(plan) : textValue(plan);
}

function isText(plan: ElementPlan): plan is ElementPlan & { readonly type: Exclude<ValueType, 'b'> } {
  return plan.type !== 'b';
}
