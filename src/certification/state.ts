import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayError, fileFault, messageOf } from '../ops/errors.ts';
import type { Capability } from './case.ts';
import type { Finding } from './watch.ts';

/** What is being certified. */
export interface Subject {
  readonly vendor: string;
  readonly model: string;
  /** Exactly as the device says it (DE 48 tag 02, version reports). */
  readonly software: string;
  readonly profile: string;
  readonly terminal: string;
  readonly capabilities: readonly Capability[];
}

export type Verdict = 'passed' | 'failed' | 'waived' | 'not-applicable';

/** A frame as a report shows it: PAN, track, PIN block and keys are masked. */
export interface ShownFrame {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly from: 'device' | 'gateway';
  readonly step: number;
  readonly connection: number;
  readonly text: string;
  /** What was done to it, or is wrong with it. */
  readonly note: string;
}

export interface Waiver {
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

export interface Result {
  readonly verdict: Verdict;
  readonly at: string;
  readonly attempts: number;
  readonly findings: readonly Finding[];
  readonly frames: readonly ShownFrame[];
  readonly papers: readonly { readonly step: number; readonly question: string; readonly about: string; readonly said: boolean; readonly expected: boolean | null }[]; // prettier-ignore
  readonly lines: readonly { readonly at: string; readonly step: number; readonly what: string }[];
  readonly waiver?: Waiver;
}

export interface RunState {
  readonly format: 1;
  readonly run: string;
  readonly startedAt: string;
  readonly subject: Subject;
  readonly results: Readonly<Record<string, Result>>;
}

/** Keeps a run: after a crash it is as it was after the last case. */
export interface RunStore {
  read(): RunState | undefined;
  write(state: RunState): void;
}

/** @throws GatewayError `certification.state` for a file that is no run, `file.unreadable` */
export function fileStore(file: string): RunStore {
  return {
    read: () => {
      if (!existsSync(file)) return undefined;
      try {
        const text = readFileSync(file, 'utf8');
        return text === '' ? undefined : parsed(text);
      } catch (cause) {
        if (cause instanceof SyntaxError || cause instanceof TypeError) {
          const why = `${file} is no certification run (${messageOf(cause)}). Name another file with --state.`;
          throw new GatewayError('certification.state', why, { cause });
        }
        throw new GatewayError('file.unreadable', fileFault(file, 'read', cause), { cause });
      }
    },
    write: (state) => {
      replaceFile(file, JSON.stringify(state));
    },
  };
}

export function memoryRun(): RunStore {
  let kept: RunState | undefined;
  return {
    read: () => kept,
    write: (state) => {
      kept = state;
    },
  };
}

function parsed(text: string): RunState {
  const value = JSON.parse(text) as Partial<RunState> | null;
  if (value?.format !== 1 || typeof value.run !== 'string' || typeof value.results !== 'object')
    throw new TypeError('it has another format');
  return value as RunState;
}

/** All of it, or what was there before, whenever the power goes. */
function replaceFile(file: string, text: string): void {
  const beside = `${file}.new`;
  try {
    const fd = openSync(beside, 'w', 0o600);
    try {
      writeSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, file);
    const folder = openSync(dirname(file), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch (cause) {
    throw new GatewayError('file.unwritable', fileFault(file, 'written', cause), { cause });
  }
}

/** @throws GatewayError `certification.waiver`: it needs a person, a reason of some words, and a case that failed */
export function waive(state: RunState, id: string, waiver: Waiver): RunState {
  const result = state.results[id];
  if (result === undefined || result.verdict !== 'failed')
    throw new GatewayError('certification.waiver', `Case ${id} has not failed in this run: there is nothing to waive.`);
  if (waiver.by.trim().length < 2 || waiver.reason.trim().length < 10)
    throw new GatewayError('certification.waiver', 'A waiver needs a person and a reason of at least ten letters.');
  return { ...state, results: { ...state.results, [id]: { ...result, verdict: 'waived', waiver } } };
}
