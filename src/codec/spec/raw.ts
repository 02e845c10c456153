import { CodecError } from '../error.ts';

/** Elements hold content that holds elements; no real dialect goes half as deep. */
const MAX_DEPTH = 64;

/** A JSON object of a dialect file, and where it stands there, so that a mistake can be named. */
export class Node {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly file: string;
  readonly path: string;

  readonly #depth: number;

  constructor(value: unknown, file: string, path: string, depth = 0) {
    this.file = file;
    this.path = path;
    this.#depth = depth;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.fault('', 'must be an object');
    this.#object = value as Readonly<Record<string, unknown>>;
  }

  /** The mistake of a key, ready to throw. */
  fault(key: string, reason: string): CodecError {
    const path = [this.path, key].filter((part) => part !== '').join('.');
    return new CodecError('spec', `${this.file}${path === '' ? '' : `: ${path}`}`, 0, reason);
  }

  /** @throws CodecError when a key is none of these: most likely misspelt */
  only(...keys: readonly string[]): void {
    for (const key of this.keys()) {
      if (!keys.includes(key) && !key.startsWith('$')) throw this.fault(key, `unknown; may be ${keys.join(', ')}`);
    }
  }

  keys(): string[] {
    return Object.keys(this.#object);
  }

  has(key: string): boolean {
    return this.#object[key] !== undefined && this.#object[key] !== null;
  }

  all(): Readonly<Record<string, unknown>> {
    return this.#object;
  }

  text(key: string): string | undefined;
  text(key: string, otherwise: string): string;
  text(key: string, otherwise?: string): string | undefined {
    if (!this.has(key)) return otherwise;
    const value = this.#object[key];
    if (typeof value !== 'string') throw this.fault(key, 'must be text');
    return value;
  }

  oneOf<T extends string>(key: string, choices: readonly T[]): T | undefined;
  oneOf<T extends string>(key: string, choices: readonly T[], otherwise: T): T;
  oneOf<T extends string>(key: string, choices: readonly T[], otherwise?: T): T | undefined {
    const value = this.text(key);
    if (value === undefined) return otherwise;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.fault(key, `"${value}" is none of ${choices.join(', ')}`);
    return found;
  }

  integer(key: string, from: number, to: number): number | undefined;
  integer(key: string, from: number, to: number, otherwise: number): number;
  integer(key: string, from: number, to: number, otherwise?: number): number | undefined {
    if (!this.has(key)) return otherwise;
    const value = this.#object[key];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < from || value > to) {
      throw this.fault(key, `must be a whole number from ${from} to ${to}`);
    }
    return value;
  }

  flag(key: string, otherwise = false): boolean {
    if (!this.has(key)) return otherwise;
    const value = this.#object[key];
    if (typeof value !== 'boolean') throw this.fault(key, 'must be true or false');
    return value;
  }

  list(key: string): readonly unknown[] {
    if (!this.has(key)) return [];
    const value = this.#object[key];
    if (!Array.isArray(value)) throw this.fault(key, 'must be a list');
    return value;
  }

  /** A nested object; an empty one when it is absent. */
  node(key: string): Node {
    if (this.#depth >= MAX_DEPTH) throw this.fault(key, `more than ${MAX_DEPTH} objects deep`);
    return new Node(
      this.#object[key] ?? {},
      this.file,
      this.path === '' ? key : `${this.path}.${key}`,
      this.#depth + 1,
    );
  }
}
