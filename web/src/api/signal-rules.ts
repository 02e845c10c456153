import type { Static } from 'typebox';
import type { RuleVersionBody, TrialResult } from '../../../src/console/api/signal-schemas.ts';
import { change } from './client.ts';
import type { Sent } from './settlement.ts';

export type RuleVersion = Static<typeof RuleVersionBody>;
export type Trial = Static<typeof TrialResult>;

export const proposeVersion = (rule: string, body: object, sent: Sent): Promise<RuleVersion> =>
  change(`/signal-rules/${rule}/versions`, { body, ...sent });
export const tryVersion = (rule: string, version: number, body: object, sent: Sent): Promise<Trial> =>
  change(`/signal-rules/${rule}/versions/${version}/trials`, { body, ...sent });
export const signVersion = (rule: string, version: number, reason: string, sent: Sent): Promise<RuleVersion> =>
  change(`/signal-rules/${rule}/versions/${version}/signatures`, { body: { reason }, ...sent });
