import { CodecError, defineSpec, type Spec } from '../../codec/index.ts';
import { GatewayError } from '../../ops/errors.ts';
import type { Json } from '../check/source.ts';

/** What was imported must be a dialect. @throws GatewayError `spec.import` naming the place and the reason */
export function checkImported(json: Json): Spec {
  try {
    return defineSpec(json, 'imported');
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new GatewayError('spec.import', `${error.path}: ${error.reason}`, { cause: error });
  }
}
