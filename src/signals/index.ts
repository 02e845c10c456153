export {
  actOnSignal,
  listSignals,
  lockSignal,
  readSignal,
  SIGNAL_STATES,
  type Signal,
  type SignalAct,
  type SignalState,
} from './inbox.ts';
export { RULE_IDS, ruleId } from './rules.ts';
export { runSignals } from './run.ts';
export { MOST_TRIAL_DAYS, tryRule, type Trial } from './trial.ts';
export { proposeVersion, ruleVersions, signVersion } from './versions.ts';
