import { systemClock, type Clock, type Timer } from '../../ops/clock.ts';
import { HsmError } from '../errors.ts';
import { CK, refused, type Cryptoki, type Handle } from './module.ts';

export interface SessionSettings {
  readonly tokenLabel: string;
  readonly pin: string;
  /** Most sessions that are open at once. */
  readonly sessions: number;
  readonly timeoutMs: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** Most operations that wait for a session; more are refused at once, so that the gateway can answer in time. */
const MAX_WAITING = 10_000;
const CKR_USER_ALREADY_LOGGED_IN = 0x100;

type Waiter = () => void;

/** Sessions with one token. A session does one operation at a time; one that saw any error is closed, because nobody knows
 *  what it still holds. */
export class Sessions {
  readonly cryptoki: Cryptoki;
  readonly clock: Clock;
  readonly #settings: SessionSettings;
  readonly #slot: Handle;
  /** Open from the first to the last: objects of the process live as long as it, and the login with it. */
  readonly #home: Handle;
  readonly #all = new Set<Handle>();
  #free: Handle[] = [];
  #waiting: Waiter[] = [];
  #closed = false;
  /** Loading and destroying of keys, which all happens in the home session, one after the other. */
  #homeQueue: Promise<unknown> = Promise.resolve();

  /** @throws HsmError `hsm.unavailable` when no token has that label; `hsm.auth` for a wrong PIN */
  constructor(cryptoki: Cryptoki, settings: SessionSettings) {
    this.cryptoki = cryptoki;
    this.clock = settings.clock ?? systemClock;
    this.#settings = settings;
    this.#slot = findSlot(cryptoki, settings.tokenLabel);
    this.#home = this.#open();
    try {
      cryptoki.C_Login(this.#home, CK.CKU_USER, settings.pin);
    } catch (error) {
      if ((error as { code?: unknown }).code === CKR_USER_ALREADY_LOGGED_IN) return;
      this.close();
      throw refused('C_Login', error);
    }
  }

  get token(): { readonly label: string; readonly model: string; readonly serialNumber: string } {
    try {
      const { label, model, serialNumber } = this.cryptoki.C_GetTokenInfo(this.#slot);
      return { label: label.trim(), model: model.trim(), serialNumber: serialNumber.trim() };
    } catch (error) {
      throw refused('C_GetTokenInfo', error);
    }
  }

  /** Runs one operation in a session of its own.
   *  @param call its name, for errors
   *  @throws HsmError `hsm.busy`, `hsm.closed`, `hsm.timeout`, and what the call gave */
  async run<T>(call: string, operation: (session: Handle) => Promise<T> | T): Promise<T> {
    const session = await this.#take();
    const work = (async () => operation(session))();
    try {
      const result = await this.#inTime(call, work);
      this.#release(session);
      return result;
    } catch (error) {
      // After a timeout the call still runs: its session is closed when it comes back.
      const discard = (): void => {
        this.#discard(session);
      };
      work.then(discard, discard);
      throw refused(call, error);
    }
  }

  /** Runs an operation that makes or destroys a key in the home session, where keys outlive the session of their use.
   *  These calls leave nothing behind in a session when they fail, so that it is kept. */
  async atHome<T>(call: string, operation: (session: Handle) => Promise<T> | T): Promise<T> {
    const turn = this.#homeQueue.then(async () => {
      if (this.#closed) throw closed();
      try {
        return await operation(this.#home);
      } catch (error) {
        throw refused(call, error);
      }
    });
    this.#homeQueue = turn.catch(() => undefined);
    return this.#inTime(call, turn);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const session of this.#free) this.#discard(session);
    this.#discard(this.#home);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #take(): Promise<Handle> {
    for (;;) {
      if (this.#closed) throw closed();
      const free = this.#free.pop();
      if (free !== undefined) return free;
      if (this.#all.size <= this.#settings.sessions) return this.#open();
      if (this.#waiting.length >= MAX_WAITING) {
        throw new HsmError('hsm.busy', `${MAX_WAITING} operations wait for the HSM already.`);
      }
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  #open(): Handle {
    try {
      const session = this.cryptoki.C_OpenSession(this.#slot, CK.CKF_SERIAL_SESSION | CK.CKF_RW_SESSION);
      this.#all.add(session);
      return session;
    } catch (error) {
      throw refused('C_OpenSession', error);
    }
  }

  #release(session: Handle): void {
    if (this.#closed) {
      this.#discard(session);
      return;
    }
    this.#free.push(session);
    this.#waiting.shift()?.();
  }

  #discard(session: Handle): void {
    this.#all.delete(session);
    try {
      this.cryptoki.C_CloseSession(session);
    } catch {
      // It is gone already: that is why it is discarded.
    }
    this.#waiting.shift()?.();
  }

  async #inTime<T>(call: string, work: Promise<T>): Promise<T> {
    const { timeoutMs } = this.#settings;
    let timer: Timer | undefined;
    const late = new Promise<never>((_, fail) => {
      timer = this.clock.after(timeoutMs, () => {
        fail(new HsmError('hsm.timeout', `The HSM did not finish ${call} in ${timeoutMs} ms.`));
      });
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      this.clock.cancel(timer);
    }
  }
}

function closed(): HsmError {
  return new HsmError('hsm.closed', 'The HSM is closed.');
}

function findSlot(cryptoki: Cryptoki, label: string): Handle {
  const tokens = readTokens(cryptoki);
  const found = tokens.find((token) => token.label === label);
  if (found !== undefined) return found.slot;
  const there = tokens.map((token) => token.label).filter((known) => known !== '');
  const list = there.length === 0 ? 'none' : there.join(', ');
  throw new HsmError('hsm.unavailable', `No token has the label ${label}; there are: ${list}.`);
}

function readTokens(cryptoki: Cryptoki): { slot: Handle; label: string }[] {
  try {
    return cryptoki.C_GetSlotList(true).map((slot) => ({ slot, label: cryptoki.C_GetTokenInfo(slot).label.trim() }));
  } catch (error) {
    throw refused('C_GetSlotList', error);
  }
}
