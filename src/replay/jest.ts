import { existsSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isJsonl, jsonLine } from '../capture/index.ts';
import { loadConfig } from '../ops/config.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Target } from './connection.ts';
import { replayFile, type ReplayOptions } from './replay.ts';
import { differenceText, reportText } from './report.ts';
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
 *  @throws Error whose message is the diff; GatewayError when it could not be played, or not be updated */
export async function replay(file: string, options: TestReplayOptions = {}): Promise<ReplayResult> {
  const state = (globalThis as { expect?: { getState?: () => TestState } }).expect?.getState?.() ?? {};
  const path = locate(file, state.testPath);
  const result = await replayFile(path, { ...configured(options), ...options });
  const update = options.update ?? state.snapshotState?._updateSnapshot === 'all';
  if (result.different === 0) return result;
  if (!update) throw new Error(reportText(result));
  if (!isJsonl(path))
    throw new GatewayError('replay.update', `${path} is not JSONL: make a test of it with kalabarg capture to-test.`);
  writeFileSync(path, result.updated.frames.map(jsonLine).join(''));
  if (result.beyondUpdate.length === 0) return result;
  const rest = result.beyondUpdate.map(differenceText).join('\n');
  throw new Error(`${path} was written, but no capture can take this:\n${rest}`);
}

function locate(file: string, testPath: string | undefined): string {
  const places = [...(testPath === undefined ? [] : [resolve(dirname(testPath), file)]), resolve(file)];
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new GatewayError('capture.file', `There is no file ${places.join(' or ')}.`);
  return found;
}

/** What a test that names no gateway does not say: it is in the settings. */
function configured({ to }: TestReplayOptions): Pick<ReplayOptions, 'to' | 'profiles'> {
  if (to !== undefined) return { to };
  const { host, terminalPort, data, tpdu, profiles } = loadConfig();
  return { to: { host, port: terminalPort, data, tpdu }, profiles };
}
