import { existsSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { jsonLine } from '../capture/index.ts';
import { loadConfig } from '../ops/config.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Target } from './connection.ts';
import { replayFile, type ReplayOptions } from './replay.ts';
import { reportText } from './report.ts';
import type { ReplayResult } from './result.ts';

/** As a test gives them: without a target, the gateway of the settings (`KALABARG_TERMINAL_PORT`, `KALABARG_DATA`, …). */
export interface TestReplayOptions extends Omit<ReplayOptions, 'to'> {
  readonly to?: Target;
  /** Write the answers of this run into the capture (default: what jest's `--updateSnapshot` says). */
  readonly update?: boolean;
}

/** What jest knows of the running test; absent outside of it. */
interface TestState {
  readonly testPath?: string;
  readonly snapshotState?: { readonly _updateSnapshot?: string };
}

/** For tests: plays a capture and throws what differs, field by field. With `jest -u` the capture takes the new answers.
 *
 *      test('a split purchase', () => replay('captures/split-purchase.jsonl'));
 *
 *  @param file relative to the test's own file, or to the working folder
 *  @throws Error whose message is the diff; GatewayError when it could not be played */
export async function replay(file: string, options: TestReplayOptions = {}): Promise<ReplayResult> {
  const state = (globalThis as { expect?: { getState?: () => TestState } }).expect?.getState?.() ?? {};
  const path = locate(file, state.testPath);
  const result = await replayFile(path, { ...options, to: options.to ?? configuredTarget() });
  const update = options.update ?? state.snapshotState?._updateSnapshot === 'all';
  if (result.different === 0) return result;
  if (!update) throw new Error(reportText(result));
  writeFileSync(path, result.updated.frames.map(jsonLine).join(''));
  return result;
}

function locate(file: string, testPath: string | undefined): string {
  const places = [...(testPath === undefined ? [] : [resolve(dirname(testPath), file)]), resolve(file)];
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new GatewayError('capture.file', `There is no ${places.join(', nor ')}.`);
  return found;
}

function configuredTarget(): Target {
  const { host, terminalPort, data, tpdu } = loadConfig();
  return { host, port: terminalPort, data, tpdu };
}
