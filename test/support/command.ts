import { jest } from '@jest/globals';
import { run } from '../../src/cli/main.ts';

/** Runs a command in this process. @returns what it printed, and its exit status */
export async function kalabarg(...args: readonly string[]): Promise<{ out: string; errors: string; status: number }> {
  const out: string[] = [];
  const errors: string[] = [];
  const before = process.exitCode;
  const spies = [
    jest.spyOn(console, 'log').mockImplementation((text: unknown) => void out.push(String(text))),
    jest.spyOn(console, 'error').mockImplementation((text: unknown) => void errors.push(String(text))),
  ];
  process.exitCode = undefined;
  try {
    await run(['node', 'kalabarg', ...args]);
    return { out: out.join('\n'), errors: errors.join('\n'), status: exitStatus() };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}

function exitStatus(): number {
  return Number(process.exitCode ?? '0');
}
