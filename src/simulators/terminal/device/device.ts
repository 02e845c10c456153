import type { Clock } from '../../../ops/clock.ts';
import { GatewayError, messageOf } from '../../../ops/errors.ts';
import { COMPONENTS, type Component, type DirectorItem } from '../../../updates/format/index.ts';
import type { Answer } from '../terminal.ts';
import { attackOf, type Attack } from './attack.ts';
import { PowerCut, type Disk } from './disk.ts';
import { fetchFile, isReady, readyFile, sweep } from './download.ts';
import { instructionOf, targetOf } from './instruction.ts';
import { heldBack, notYet, refusalOf, type DeviceKind, type Sensors, type SignedTarget, type Why } from './plan.ts';
import { reportOf, type Said } from './report.ts';
import { partOf, readSlot, startSlot, writeSlot, type NewPart, type Running } from './slots.ts';
import { codeOf, type UpdateSource } from './source.ts';
import { otherSlot, readState, releaseKey, writeState, type DeviceState, type Slot } from './state.ts';
import { openTime, type DeviceTime } from './time.ts';
import { proves, type Host } from './trial.ts';
import { hasRoot, withTrust, type Trust } from './trust.ts';

export interface DeviceOptions {
  readonly disk: Disk;
  readonly serial: string;
  /** DE 41 */
  readonly terminal: string;
  readonly kind: DeviceKind;
  readonly source: UpdateSource;
  readonly host: Host;
  readonly sensors: () => Sensors;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly random: (bytes: number) => Buffer;
  /** When this software was made, ms: no earlier instant is possible. */
  readonly builtMs: number;
  /** How long a new slot has to show that it works. */
  readonly confirmMs: number;
}

/** What came of looking for updates, for a person: `menu 3 confirmed`, `goods 7 waits (window)`. */
export interface Outcome {
  readonly what:
    'confirmed' | 'rolled-back' | 'rejected' | 'waits' | 'had' | 'halted' | 'attack' | 'unreachable' | 'none';
  readonly component?: Component;
  readonly releaseCounter?: number;
  readonly why?: string;
}

/** A device that updates itself (terminals.md 3). Whatever goes wrong with updates, the slot at work goes on selling. */
export interface Device {
  readonly slot: Slot;
  readonly running: Running;
  readonly now: () => number;
  /** The gateway says that there is something new which the device has not looked at. */
  readonly due: boolean;
  /** Tells the device of every answer: its time, and tag 16. */
  heard(answer: Pick<Answer, 'message' | 'macGood'>): void;
  /** Looks for what is new, fetches it, and installs what may be installed now. One at a time, in the order in which they are asked. */
  check(why: Why): Promise<readonly Outcome[]>;
  /** Somebody is served, or nobody any more. Who is served waits for no download; for a slot that is being tried, until it works or the
   *  old one is back. While they are served nothing is installed. */
  serve(serving: boolean): Promise<void>;
  /** Sends reports that wait. */
  sendReports(): Promise<void>;
}

/** A slot that was cut off in its trial so often does not come up again. */
const MOST_STARTS = 3;
const FACTORY: Running = { content: {}, menu: undefined, goods: undefined };

/** Switches a device on: a slot that is still on trial is tried, or the device goes back to the one that works.
 *  @throws PowerCut of a disk in tests */
export async function startDevice(options: DeviceOptions): Promise<{ device: Device; outcomes: readonly Outcome[] }> {
  const machine = new Machine(options);
  const outcomes = await machine.boot();
  return { device: machine, outcomes };
}

class Machine implements Device {
  readonly #options: DeviceOptions;
  readonly #time: DeviceTime;
  #state: DeviceState;
  #running: Running = FACTORY;
  #announced = 0;
  #serving = false;
  #checking: Promise<unknown> = Promise.resolve();
  #trying: Promise<unknown> = Promise.resolve();

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.#state = readState(options.disk);
    this.#time = openTime(options.clock, this.#state.knownMs, options.builtMs);
  }

  get slot(): Slot {
    return this.#state.active;
  }

  get running(): Running {
    return this.#running;
  }

  get due(): boolean {
    return this.#announced > this.#state.timestampVersion;
  }

  now = (): number => this.#time.now();

  heard({ message, macGood }: Pick<Answer, 'message' | 'macGood'>): void {
    if (macGood !== true) return; // anybody may have said it
    this.#time.fromHost(message.get(7) ?? '');
    const version = /^(\d{9})[0-9a-f]{8}$/.exec(message.get('48.16') ?? '')?.[1];
    if (version !== undefined) this.#announced = Math.max(this.#announced, Number(version));
  }

  async boot(): Promise<readonly Outcome[]> {
    const { disk } = this.#options;
    const { active, trial } = this.#state;
    if (readSlot(disk, active) === undefined && disk.read('state.json') === undefined) {
      writeSlot(disk, active, active, []); // as it left the factory
      this.#save({});
    }
    const running = startSlot(disk, active);
    if (running !== undefined) this.#running = running;
    else {
      // flash that is worn out: the other slot, unless nobody ever saw it work
      const other = otherSlot(active);
      const spare = trial === undefined ? startSlot(disk, other) : undefined;
      this.#running = spare ?? FACTORY;
      if (spare !== undefined) this.#save({ active: other });
    }
    return trial === undefined ? [] : this.#try();
  }

  check(why: Why): Promise<readonly Outcome[]> {
    const checked = this.#checking.then(async () => {
      const outcomes = [...(this.#state.trial === undefined || this.#serving ? [] : await this.#try())];
      outcomes.push(...(await this.#look(why)));
      await this.sendReports();
      return outcomes;
    });
    this.#checking = checked.catch(() => undefined);
    return checked;
  }

  async serve(serving: boolean): Promise<void> {
    this.#serving = serving;
    if (serving) await this.#trying;
  }

  async sendReports(): Promise<void> {
    for (;;) {
      const [report] = this.#state.unsent;
      if (report === undefined) return;
      try {
        await this.#options.source.report(report);
      } catch (error) {
        if (error instanceof PowerCut) throw error;
        if (codeOf(error) !== 'device.refused') return; // later
      }
      // taken; or never taken, however often it is sent
      this.#save({ unsent: this.#state.unsent.filter((each) => each.counter !== report.counter) });
    }
  }

  async #look(why: Why): Promise<readonly Outcome[]> {
    const { disk, source } = this.#options;
    if (!hasRoot(disk)) return [{ what: 'none', why: 'root' }];
    try {
      return await withTrust(disk, source, this.now(), (trust) => this.#follow(trust, why));
    } catch (error) {
      if (error instanceof PowerCut) throw error;
      const attack = attackOf(error);
      if (attack === undefined) return [{ what: 'unreachable', why: messageOf(error) }];
      this.#note({}, { attack });
      return [{ what: 'attack', why: `${attack}: ${messageOf(error)}` }];
    }
  }

  async #follow(trust: Trust, why: Why): Promise<readonly Outcome[]> {
    this.#time.fromMetadata(trust.signedMs);
    if (trust.timestampVersion > this.#state.timestampVersion) this.#save({ timestampVersion: trust.timestampVersion });
    // The gateway's word is MACed: whoever shows older metadata than it speaks of, holds something back.
    if (this.due) throw new GatewayError('updates.expired', 'The metadata is older than what the gateway speaks of.');
    const { serial, terminal, source, random } = this.#options;
    const asker = { serial, terminal, source, nonce: random(16).toString('hex'), now: this.now() };
    const told = await instructionOf(trust, this.#state, asker);
    if (told === undefined) return [{ what: 'none' }];
    const { director, directorKeys } = told;
    if (director.version !== this.#state.directorVersion || directorKeys !== this.#state.directorKeys)
      this.#save({ directorVersion: director.version, directorKeys });
    if (director.halted) return [{ what: 'halted' }];
    const items = COMPONENTS.flatMap((component) => {
      const item = director.components[component];
      return item === undefined ? [] : [{ component, item }];
    });
    sweep(
      this.#options.disk,
      items.map(({ item }) => item.sha256),
    );
    const outcomes: Outcome[] = [];
    const parts: Ready[] = [];
    for (const { component, item } of items) {
      const { outcome, part } = await this.#prepare(component, item, trust, why);
      if (part !== undefined) parts.push(part);
      if (outcome !== undefined) outcomes.push({ component, releaseCounter: item.releaseCounter, ...outcome });
    }
    if (parts.length === 0) return outcomes;
    if (this.#serving) {
      const waits = parts.map(({ component, item: { releaseCounter } }) => ({ what: 'waits' as const, component, releaseCounter, why: 'idle' })); // prettier-ignore
      return [...outcomes, ...waits];
    }
    const installed = this.#install(parts);
    this.#trying = installed.catch(() => undefined);
    return [...outcomes, ...(await installed)];
  }

  async #prepare(
    component: Component,
    item: DirectorItem,
    trust: Trust,
    why: Why,
  ): Promise<{ outcome?: Pick<Outcome, 'what' | 'why'>; part?: Ready }> {
    const { disk, kind, sensors } = this.#options;
    const installed = this.#running.content[component];
    const has = installed?.releaseCounter === item.releaseCounter && installed.sha256 === item.sha256;
    if (item.action === 'DELT' ? installed === undefined : has) return { outcome: { what: 'had' } };
    const held = heldBack(component, item, this.#state, why, this.now());
    if (held !== undefined) return { outcome: { what: 'waits', why: held } };
    const target = await targetOf(trust, item.file);
    const refusal = refusalOf(component, item, target, this.#running.content, kind, this.now());
    if (refusal !== undefined || target === undefined)
      return this.#reject(component, item, refusal ?? 'target', ATTACK_OF_REASON[refusal ?? 'target']);
    if (item.action !== 'DELT' && !isReady(disk, item.sha256, item.length)) {
      if (sensors().freeBytes < 2 * item.length) return this.#reject(component, item, 'space');
      const failed = await this.#fetch(component, item, target);
      if (failed !== undefined) return failed;
    }
    const wait = notYet(item, target.custom.effectiveFrom, why, sensors(), this.now());
    if (wait !== undefined) return { outcome: { what: 'waits', why: wait } };
    const { file, sha256, length, releaseCounter } = item;
    const entry = item.action === 'DELT' ? undefined : { file, sha256, length, releaseCounter };
    return { part: { component, entry, from: readyFile(sha256), item } };
  }

  /** @returns undefined: it is here, and it is what was signed */
  async #fetch(
    component: Component,
    item: DirectorItem,
    target: SignedTarget,
  ): Promise<{ outcome: Pick<Outcome, 'what' | 'why'> } | undefined> {
    const { disk, source } = this.#options;
    const entry = this.#running.content[component];
    const bytes = entry === undefined ? undefined : partOf(disk, this.slot, component);
    const old = entry === undefined || bytes === undefined ? undefined : { ...entry, bytes };
    try {
      if (!(await fetchFile(disk, source, item, target, old))) return this.#reject(component, item, 'hash', 'forged');
    } catch (error) {
      if (error instanceof PowerCut) throw error;
      const attack = attackOf(error);
      if (attack !== undefined) return this.#reject(component, item, attack, attack);
      return { outcome: { what: 'unreachable', why: messageOf(error) } };
    }
    const { releaseCounter } = item;
    this.#note(
      {},
      { component, releaseCounter, phase: 'DOWNLOADED' },
      { component, releaseCounter, phase: 'VERIFIED' },
    );
    return undefined;
  }

  #reject(
    component: Component,
    item: DirectorItem,
    reason: string,
    attack?: Attack,
  ): { outcome: Pick<Outcome, 'what' | 'why'> } {
    const { releaseCounter, errorAction } = item;
    this.#failed([{ component, releaseCounter, stopsOnFailure: errorAction === 'STOP' }], reason, {
      phase: 'REJECTED',
      ...(attack === undefined ? {} : { attack }),
    });
    return { outcome: { what: 'rejected', why: reason } };
  }

  async #install(parts: readonly Ready[]): Promise<readonly Outcome[]> {
    const { disk } = this.#options;
    const slot = otherSlot(this.slot);
    writeSlot(disk, slot, this.slot, parts);
    const trial = {
      slot,
      starts: 0,
      parts: parts.map(({ component, item: { releaseCounter, errorAction } }) => ({
        component,
        releaseCounter,
        stopsOnFailure: errorAction === 'STOP',
      })),
    };
    const reports = trial.parts.map(({ component, releaseCounter }) => ({ component, releaseCounter, phase: 'INSTALLED' as const })); // prettier-ignore
    this.#note({ trial }, ...reports);
    return this.#try();
  }

  /** Starts the new slot. It stays when it works, and else the old one is at work again, which never stopped being there. */
  async #try(): Promise<readonly Outcome[]> {
    const { disk, host, clock, confirmMs } = this.#options;
    const { trial } = this.#state;
    if (trial === undefined) return [];
    const { slot, parts, starts } = trial;
    if (starts >= MOST_STARTS) return this.#back('interrupted');
    this.#save({ trial: { ...trial, starts: starts + 1 } });
    const running = startSlot(disk, slot);
    if (running === undefined) return this.#back('content');
    const old = this.#running;
    this.#running = running;
    const failed = await proves(host, confirmMs, clock);
    if (failed !== undefined) {
      this.#running = old;
      return this.#back(failed);
    }
    const gone = parts.map(({ component, releaseCounter }) => releaseKey(component, releaseCounter));
    const failures = Object.fromEntries(Object.entries(this.#state.failures).filter(([key]) => !gone.includes(key)));
    const reports = parts.map(({ component, releaseCounter }) => ({ component, releaseCounter, phase: 'CONFIRMED' as const })); // prettier-ignore
    this.#note({ active: slot, trial: undefined, stopped: undefined, failures }, ...reports);
    return parts.map(({ component, releaseCounter }) => ({ what: 'confirmed', component, releaseCounter }));
  }

  #back(reason: string): readonly Outcome[] {
    const parts = this.#state.trial?.parts ?? [];
    this.#failed(parts, reason, { phase: 'ROLLED_BACK' }, { trial: undefined });
    return parts.map(({ component, releaseCounter }) => ({
      what: 'rolled-back',
      component,
      releaseCounter,
      why: reason,
    }));
  }

  #failed(
    parts: readonly { component: Component; releaseCounter: number; stopsOnFailure: boolean }[],
    reason: string,
    said: Said,
    changes: Changes = {},
  ): void {
    const failures = { ...this.#state.failures };
    for (const { component, releaseCounter } of parts) {
      const key = releaseKey(component, releaseCounter);
      failures[key] = { count: (failures[key]?.count ?? 0) + 1, at: this.now(), reason };
    }
    const stop = parts.find(({ stopsOnFailure }) => stopsOnFailure);
    const stopped = stop === undefined ? {} : { stopped: { component: stop.component, releaseCounter: stop.releaseCounter, reason } }; // prettier-ignore
    const reports = parts.map(({ component, releaseCounter }) => ({ ...said, component, releaseCounter, reason }));
    this.#note({ failures, ...stopped, ...changes }, ...reports);
  }

  /** Changes the state and says so, in one write. */
  #note(changes: Changes, ...said: readonly Said[]): void {
    const { disk, serial, sensors } = this.#options;
    const next = { ...this.#state, ...changes } as DeviceState;
    const unsent = [...next.unsent];
    let { reportCounter } = next;
    for (const each of said) {
      reportCounter += 1;
      const content = readSlot(disk, next.active) ?? {};
      unsent.push(reportOf(each, reportCounter, serial, next, content, sensors(), this.now()));
    }
    this.#save({ ...changes, unsent, reportCounter });
  }

  #save(changes: Changes): void {
    const merged = { ...this.#state, ...changes, knownMs: Math.floor(this.now()) };
    const state = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
    this.#state = state as DeviceState;
    writeState(this.#options.disk, this.#state);
  }
}

/** Undefined takes a member away. */
type Changes = { readonly [Key in keyof DeviceState]?: DeviceState[Key] | undefined };

type Ready = NewPart & { readonly item: DirectorItem };

const ATTACK_OF_REASON: Readonly<Record<string, Attack>> = { rollback: 'rollback', target: 'mix-and-match' };
