import { readdirSync, readFileSync } from 'node:fs';

const MS_A_TICK = 10;
const PARENT = 1;
const OWN = [11, 12];
const ENDED = [13, 14];

/** What the server of this id and its processes, those that have ended too, have used of the processors (Linux; elsewhere 0). */
export function serverCpuMs(pid: number): number {
  let ticks = 0;
  for (const name of process.platform === 'linux' ? readdirSync('/proc') : []) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statOf(name);
    const isServer = Number(name) === pid;
    if (!isServer && fields[PARENT] !== String(pid)) continue;
    for (const place of isServer ? [...OWN, ...ENDED] : OWN) ticks += Number(fields[place]);
  }
  return ticks * MS_A_TICK;
}

/** The fields of /proc/N/stat after the name: state, parent and so on. */
function statOf(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return []; // it has just ended
  }
}
