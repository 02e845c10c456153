import type { Report } from '../../certification/index.ts';
import type { Place } from '../../field/place.ts';
import type { JsonOption } from '../print.ts';

export interface RunCommand extends JsonOption {
  readonly profile: string;
  readonly listen?: Place;
  readonly against?: Place;
  readonly simulated?: boolean;
  readonly vendor: string;
  readonly model: string;
  readonly software: string;
  readonly terminal: string;
  readonly merchant?: string;
  readonly keyBlock?: string;
  readonly transportKey?: string;
  readonly deviceTimeout: number;
  readonly pin?: string;
  readonly state: string;
  readonly language: string;
}

export function summary({ subject, verdict, counts, faults }: Report): string {
  const { vendor, model, software, profile } = subject;
  const { passed, failed, waived, notApplicable, missing } = counts;
  return [
    `${vendor} ${model} ${software} (${profile}): ${verdict}`,
    `${passed} passed, ${failed} failed, ${waived} waived, ${notApplicable} do not apply, ${missing} not done`,
    ...(faults.length === 0 ? [] : [`faults: ${faults.join(', ')}`]),
  ].join('\n');
}
