import { systemClock } from '../../ops/clock.ts';
import { listReleases, statusOf, withCertification } from '../../updates/repository/index.ts';
import { listReplacements, listRollouts } from '../../updates/rollouts/index.ts';
import { withBooks } from '../books.ts';
import { print, printEach, type JsonOption } from '../print.ts';
import { certifiedText } from './releases.ts';
import { lineOfRollout, lookAt } from './rollouts.ts';

const SHOWN = 20;

export async function status(options: JsonOption): Promise<void> {
  await withBooks(async (pool) => {
    const now = systemClock.now();
    const metadata = await statusOf(pool, now);
    const releases = await withCertification(pool, await listReleases(pool, { limit: SHOWN }));
    const rollouts: Awaited<ReturnType<typeof lookAt>>[] = [];
    for (const each of await listRollouts(pool, { limit: SHOWN })) rollouts.push(await lookAt(pool, each, now));
    print(options, { metadata, releases, rollouts }, () =>
      [
        metadata.length === 0 ? 'nothing is published yet: docs/updates.md' : 'metadata',
        ...metadata.map(
          ({ role, version, expires, state }) =>
            `  ${role} ${version} until ${expires}${state === 'ok' ? '' : ` — ${state}`}`,
        ),
        'releases',
        ...releases.flatMap((release) => [
          `  ${release.id} ${release.path}, ${release.state}${certifiedText(release)}: ${release.textEn}`,
          ...(release.state === 'withdrawn' ? [] : release.uncertified.map((lack) => `    ${lack}`)),
        ]),
        'rollouts',
        ...rollouts.flatMap(({ rollout, verdict }) => [
          `  ${lineOfRollout(rollout)}`,
          ...(rollout.state === 'running' && verdict.kind === 'wait'
            ? verdict.why.map((why) => `    waits: ${why}`)
            : []),
        ]),
      ].join('\n'),
    );
  });
}

export async function replacements(options: JsonOption): Promise<void> {
  await withBooks(async (pool) => {
    const found = await listReplacements(pool, { limit: 100_000 });
    printEach(options, found, () =>
      found.length === 0
        ? 'every device can be updated'
        : found
            .map(
              ({ terminal, merchant, name, model, reason }) =>
                `${terminal}  ${model ?? '?'}  ${merchant} ${name}: ${reason}`,
            )
            .join('\n'),
    );
  });
}
