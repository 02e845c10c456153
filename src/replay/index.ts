/** Replay: what was captured is said again, and the answers are compared field by field. */
export { replayCapture, replayFile, type PlayedCapture, type ReplayOptions } from './replay.ts';
export { REWRITES, type Rewrite } from './rewrite.ts';
export type { Played, ReplayResult, Speed } from './result.ts';
export type { FieldDifference } from './compare.ts';
export type { Target } from './connection.ts';
export { differenceText, junitXml, reportText } from './report.ts';
export { replay, type TestReplayOptions } from './jest.ts';
export { startRelay, type Relay, type RelayOptions } from './relay.ts';
export { parseProgramme, whatIf, whatIfText, type Programme, type Verdict, type WhatIf } from './what-if.ts';
export { startPlayedBank, type PlayedBank, type PlayedBankOptions } from './bank.ts';
