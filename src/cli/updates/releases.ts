import { systemClock } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';
import { COMPONENTS, type Component } from '../../updates/format/index.ts';
import {
  approveRelease,
  certifiedOf,
  goodsOf,
  stageRelease,
  wholeMenu,
  withdrawRelease,
  type CertifiedRelease,
} from '../../updates/repository/index.ts';
import { withBooks } from '../books.ts';
import { readBytes } from '../files.ts';
import { wrongOption } from '../options.ts';
import { signedInFor } from '../people/signed-in.ts';
import { print, type JsonOption } from '../print.ts';

interface StageOptions extends JsonOption {
  readonly component: string;
  readonly profile: string;
  readonly psp?: string;
  readonly model?: string;
  readonly hardware: readonly string[];
  readonly software?: string;
  readonly file?: string;
  readonly minFrom: number;
  readonly from?: string;
  readonly until?: string;
  readonly fa: string;
  readonly en: string;
}

export async function stage(options: StageOptions): Promise<void> {
  const component = COMPONENTS.find((each) => each === options.component);
  if (component === undefined) throw wrongOption(`--component ${options.component}`, COMPONENTS.join(', '));
  const given = options.file === undefined ? undefined : readBytes(options.file);
  await withBooks(async (pool, config) => {
    const { actor } = await signedInFor(pool, config, 'updates:make');
    const now = systemClock.now();
    const made = component === 'menu' ? wholeMenu() : component === 'goods' ? await goodsOf(pool, now) : undefined;
    const content = given ?? made;
    if (content === undefined) throw wrongOption(`--component ${component}`, `its content with --file`);
    const { profile, psp, model, hardware, software, minFrom, fa: textFa, en: textEn } = options;
    const effectiveFrom = instantOf('--from', options.from);
    const effectiveUntil = instantOf('--until', options.until);
    const wanted = {
      component: component satisfies Component,
      profile,
      psp,
      model,
      software,
      content,
      minFrom,
      effectiveFrom,
      effectiveUntil,
      textFa,
      textEn,
    };
    const release = await stageRelease(
      pool,
      { ...wanted, hardware: hardware.length === 0 ? undefined : hardware },
      { actor },
      now,
    );
    show(options, await certifiedOf(pool, release), 'another person approves it: kalabarg updates approve');
  });
}

export function instantOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw wrongOption(`${option} ${text}`, 'an instant, as 2026-12-01T01:00:00Z');
  return at;
}

export async function approve(id: string, options: JsonOption): Promise<void> {
  await act(id, options, 'updates:approve', approveRelease, 'kalabarg updates bundle takes it to where it is signed');
}

export async function withdraw(id: string, options: JsonOption): Promise<void> {
  await act(id, options, 'updates:make', withdrawRelease, 'kalabarg updates bundle takes it out of what is signed');
}

async function act(
  id: string,
  options: JsonOption,
  permission: 'updates:make' | 'updates:approve',
  work: typeof approveRelease,
  next: string,
): Promise<void> {
  await withBooks(async (pool, config) => {
    const { actor } = await signedInFor(pool, config, permission);
    const number = releaseNumber(id);
    const shown = await transaction(pool, async (db) =>
      certifiedOf(db, await work(db, number, { actor }, systemClock.now())),
    );
    show(options, shown, next);
  });
}

/** @throws GatewayError `option.invalid` */
export function releaseNumber(text: string): string {
  return numberOf(text, 'kalabarg updates status shows it');
}

/** @throws GatewayError `option.invalid` */
export function numberOf(text: string, where: string): string {
  if (/^[1-9]\d{0,17}$/.test(text)) return text;
  throw wrongOption(text, `its number, as ${where}`);
}

/** ` — certified`, or not; nothing for what needs no certification. */
export function certifiedText({ certified }: CertifiedRelease): string {
  return certified === null ? '' : certified ? ' — certified' : ' — not certified';
}

function show(options: JsonOption, release: CertifiedRelease, next: string): void {
  const { id, path, counter, sha256, length, deltas, state } = release;
  print(options, release, () =>
    [
      `release ${id}: ${path}, counter ${counter}, ${state}${certifiedText(release)}`,
      ...release.uncertified.map((lack) => `  ${lack}`),
      `  ${length} bytes, SHA-256 ${sha256}`,
      `  deltas from ${deltas.map((each) => each.counter).join(', ') || 'none'}`,
      next,
    ].join('\n'),
  );
}
