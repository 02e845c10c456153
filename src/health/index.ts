export { examine } from './doctor.ts';
export { exitStatusOf, type Finding, type Level } from './finding.ts';
export type { Patient } from './patient.ts';
export { openRounds, type Standing } from './rounds.ts';
