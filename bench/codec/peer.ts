import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Spec } from '../../src/codec/index.ts';

export type Operation = 'parse' | 'build' | 'both' | 'forward';

/** A codec of another language in a process of its own, answering a line to a line. */
export class Peer {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #specText: (spec: Spec) => string;

  constructor(name: string, process: ChildProcess, specText: (spec: Spec) => string) {
    this.name = name;
    this.#process = process;
    this.#lines = createInterface({ input: process.stdout! })[Symbol.asyncIterator]();
    this.#specText = specText;
  }

  /** Gives it a frame; it must pack what it parses to the same bytes. */
  async load(cell: string, spec: Spec, frame: Buffer): Promise<void> {
    const answer = await this.#ask(`load ${cell} ${this.#specText(spec)} ${frame.toString('hex')}`);
    if (!answer.startsWith('ok')) throw new Error(`${this.name} on ${cell}: ${answer}`);
  }

  /** Nanoseconds of one operation, over `millis` of them. */
  async run(cell: string, operation: Operation, millis: number): Promise<number> {
    const answer = await this.#ask(`run ${cell} ${operation} ${millis}`);
    const ns = Number(answer);
    if (!(ns > 0)) throw new Error(`${this.name} on ${cell}: ${answer}`);
    return ns;
  }

  close(): void {
    this.#process.stdin?.end('quit\n');
  }

  async #ask(line: string): Promise<string> {
    this.#process.stdin!.write(`${line}\n`);
    const next: IteratorResult<string, unknown> = await this.#lines.next();
    if (next.done === true) throw new Error(`${this.name} ended at: ${line.slice(0, 80)}`);
    return next.value;
  }
}

/** jPOS from Maven. @returns undefined where Java or Maven is missing, or the package cannot be had */
export function startJpos(): Peer | undefined {
  const folder = fileURLToPath(new URL('./peers/jpos', import.meta.url));
  return started('jPOS', (place) => {
    const list = join(place, 'classpath');
    if (!existsSync(list))
      execFileSync(
        'mvn',
        ['-q', '-f', join(folder, 'pom.xml'), 'dependency:build-classpath', `-Dmdep.outputFile=${list}`],
        { stdio: 'pipe' },
      );
    const path = execFileSync('cat', [list], { encoding: 'utf8' }).trim();
    execFileSync('javac', ['-cp', path, '-d', place, join(folder, 'Peer.java')], { stdio: 'pipe' });
    const process = spawn('java', ['-cp', `${place}:${path}`, 'Peer'], { stdio: ['pipe', 'pipe', 'ignore'] });
    return new Peer('jPOS', process, ({ name }) => join(folder, `${name}.xml`));
  });
}

/** moov-io/iso8583 as a Go module. @returns undefined where Go is missing, or the module cannot be had */
export function startMoov(): Peer | undefined {
  const folder = fileURLToPath(new URL('./peers/moov', import.meta.url));
  return started('moov', (place) => {
    const program = join(place, 'peer');
    execFileSync('go', ['build', '-o', program, '.'], { cwd: folder, stdio: 'pipe' });
    return new Peer('moov', spawn(program, { stdio: ['pipe', 'pipe', 'ignore'] }), moovSpec);
  });
}

function started(name: string, start: (place: string) => Peer): Peer | undefined {
  const place = join(tmpdir(), `kalabarg-bench-${name.toLowerCase()}`);
  mkdirSync(place, { recursive: true });
  try {
    return start(place);
  } catch (error) {
    console.log(`no ${name} here: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`);
    return undefined;
  }
}

/** A dialect as peers/moov/main.go reads it. It has no signed amounts. */
function moovSpec(spec: Spec): string {
  const elements = spec.fields.flatMap((plan, de) =>
    plan === undefined || plan.type === 'x+n' || de === 65
      ? []
      : [
          {
            de,
            max: plan.max,
            digits: plan.prefix === undefined ? 0 : String(plan.max).length,
            prefix: plan.prefix?.encoding ?? plan.encoding,
            encoding: plan.encoding,
            track: plan.type === 'z',
          },
        ],
  );
  return JSON.stringify({ mti: spec.mti.encoding, elements });
}
