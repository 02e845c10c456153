import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type Operation = 'parse' | 'build' | 'both' | 'forward';

const folder = fileURLToPath(new URL('./peers/jpos', import.meta.url));

/** jPOS in a process of its own (peers/jpos/Peer.java), answering a line to a line. */
export class Jpos {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.#lines = createInterface({ input: process.stdout! })[Symbol.asyncIterator]();
  }

  /** @returns undefined where Java or Maven is missing, or the package cannot be had */
  static start(): Jpos | undefined {
    const classes = join(tmpdir(), 'kalabarg-bench-jpos');
    mkdirSync(classes, { recursive: true });
    try {
      const list = join(classes, 'classpath');
      if (!existsSync(list))
        execFileSync(
          'mvn',
          ['-q', '-f', join(folder, 'pom.xml'), 'dependency:build-classpath', `-Dmdep.outputFile=${list}`],
          { stdio: 'pipe' },
        );
      const path = execFileSync('cat', [list], { encoding: 'utf8' }).trim();
      execFileSync('javac', ['-cp', path, '-d', classes, join(folder, 'Peer.java')], { stdio: 'pipe' });
      return new Jpos(spawn('java', ['-cp', `${classes}:${path}`, 'Peer'], { stdio: ['pipe', 'pipe', 'ignore'] }));
    } catch (error) {
      console.log(`no jPOS here: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`);
      return undefined;
    }
  }

  /** Gives it a frame; it must pack what it parses to the same bytes. */
  async load(cell: string, dialect: string, frame: Buffer): Promise<void> {
    const answer = await this.#ask(`load ${cell} ${join(folder, `${dialect}.xml`)} ${frame.toString('hex')}`);
    if (!answer.startsWith('ok')) throw new Error(`jPOS on ${cell}: ${answer}`);
  }

  /** Nanoseconds of one operation, over `millis` of them. */
  async run(cell: string, operation: Operation, millis: number): Promise<number> {
    return Number(await this.#ask(`run ${cell} ${operation} ${millis}`));
  }

  close(): void {
    this.#process.stdin?.end('quit\n');
  }

  async #ask(line: string): Promise<string> {
    this.#process.stdin!.write(`${line}\n`);
    const next: IteratorResult<string, unknown> = await this.#lines.next();
    if (next.done === true) throw new Error(`jPOS ended at: ${line.slice(0, 80)}`);
    return next.value;
  }
}
