/** How terminals do, from their traffic (terminals.md 1). */
export { openHealthCounts } from './counts.ts';
export { HEALTH_RULE_NAMES, HEALTH_RULES, healthDuty, sickTerminals } from './sick.ts';
