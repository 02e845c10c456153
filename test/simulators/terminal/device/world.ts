import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openDisk,
  plantRoot,
  startDevice,
  type Device,
  type Host,
  type Outcome,
  type Power,
  type Sensors,
  type UpdateSource,
} from '../../../../src/simulators/terminal/device/index.ts';
import { endless, missing } from '../../../../src/simulators/terminal/device/source.ts';
import { systemClock } from '../../../../src/ops/clock.ts';
import type { VersionReport } from '../../../../src/updates/format/index.ts';
import { NOW, Repository, SERIAL } from './repository.ts';

/** A device, its repository, and what stands between them. */
export class World {
  readonly repository = new Repository();
  readonly reports: VersionReport[] = [];
  readonly asked: string[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'kalabarg-device-'));
  sensors: Sensors = { battery: undefined, freeBytes: 1e9, queuedReversals: 0, idleS: 3_600 };
  /** What the gateway answers to an inquiry; undefined: it is not there. */
  rc: string | undefined = '00';
  /** Answers in the place of the repository, by name. */
  readonly instead = new Map<string, Buffer | (() => Buffer)>();
  /** Bytes after which a download is cut off. */
  cutAfter = Number.POSITIVE_INFINITY;
  pieceBytes = 512;
  passedMs = 0;
  /** How long a wait takes in truth. */
  realMs = 1;
  signOns = 0;
  kind = { model: 'N-910', profile: 'native' };

  readonly source: UpdateSource = {
    kind: 'https',
    small: (name, most) => {
      this.asked.push(name.replace(/nonce=.*/, 'nonce'));
      const bytes = this.#bytes(name);
      return bytes.length > most ? Promise.reject(endless(name, most)) : Promise.resolve(bytes);
    },
    pieces: (name, from, most) => this.#pieces(name, from, most),
    report: (report) => {
      this.reports.push(report);
      return Promise.resolve();
    },
  };

  readonly host: Host = {
    signOn: () => {
      this.signOns++;
      return this.rc === undefined ? Promise.reject(new Error('nobody is there')) : Promise.resolve();
    },
    inquire: () => Promise.resolve(this.rc ?? ''),
  };

  constructor() {
    this.repository.root();
    this.repository.publish();
  }

  /** Switches it on. @param power see `openDisk` */
  async start(power?: Power): Promise<{ device: Device; outcomes: readonly Outcome[] }> {
    const disk = openDisk(this.folder, power);
    plantRoot(disk, this.repository.files.get('1.root.json') ?? Buffer.alloc(0));
    return startDevice({
      disk,
      serial: SERIAL,
      terminal: '10000001',
      kind: this.kind,
      source: this.source,
      host: this.host,
      sensors: () => this.sensors,
      clock: { monotonic: () => this.passedMs, sleep: (ms, signal) => this.#sleep(ms, signal) },
      random: (bytes) => Buffer.alloc(bytes, 7),
      builtMs: NOW - 86_400_000,
      confirmMs: 5_000,
    });
  }

  phases(): string[] {
    return this.reports.map(({ phase, component, releaseCounter, reason, attack }) =>
      [phase, component, releaseCounter, reason, attack].filter((each) => each !== undefined).join(' '),
    );
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Time passes when the device waits, and only then. */
  async #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await systemClock.sleep(this.realMs, signal);
    if (signal?.aborted !== true) this.passedMs += ms;
  }

  #bytes(name: string): Buffer {
    const other = this.instead.get(name.replace(/\?.*/, ''));
    if (other !== undefined) return typeof other === 'function' ? other() : other;
    const nonce = /^director\/\w+\.json\?nonce=(.*)$/.exec(name)?.[1];
    const bytes = nonce === undefined ? this.repository.files.get(name) : this.repository.director(nonce);
    if (bytes === undefined) throw missing(name);
    return bytes;
  }

  async *#pieces(name: string, from: number, most: number): ReturnType<UpdateSource['pieces']> {
    this.asked.push(from === 0 ? name : `${name} from ${from}`);
    await Promise.resolve();
    const bytes = this.#bytes(name);
    for (let at = from; at < bytes.length; at += this.pieceBytes) {
      if (at >= this.cutAfter) throw Object.assign(missing('line'), { code: 'device.unreachable' });
      const data = bytes.subarray(at, at + this.pieceBytes);
      if (at + data.length > most) throw endless(name, most);
      yield { at, data };
    }
  }
}

export function told(outcomes: readonly Outcome[]): string[] {
  return outcomes.map(({ what, component, releaseCounter, why }) =>
    [component, releaseCounter, what, why?.replace(/:.*/s, '')].filter((each) => each !== undefined).join(' '),
  );
}
