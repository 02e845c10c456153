import { systemClock } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import {
  bundleOf,
  bundleText,
  describeBundle,
  loadOnlineKeys,
  ONLINE_ROLES,
  openKeyFile,
  publicHalf,
  publishBundle,
  readBundle,
  readPublicOnline,
  rekey,
  type Rekey,
  renewedRoot,
  signBundle,
  trustedMetadata,
} from '../../updates/repository/index.ts';
import { withBooks } from '../books.ts';
import { demandWritable, readText, writeText } from '../files.ts';
import { createPrompter } from '../keys/prompt.ts';
import { signedInFor } from '../people/signed-in.ts';
import { wrongOption } from '../options.ts';
import { print, tell, type JsonOption } from '../print.ts';
import { passphraseOf } from './keys.ts';

interface SignOptions extends JsonOption {
  readonly bundle: string;
  readonly key: string;
  readonly out: string;
  readonly passphraseFile?: string;
  readonly yes?: boolean;
}

export async function sign({
  bundle: file,
  key: keyFile,
  out,
  passphraseFile,
  yes,
  ...options
}: SignOptions): Promise<void> {
  demandWritable(out);
  const [text, keyText] = [readText(file), readText(keyFile)];
  const given = passphraseFile === undefined ? undefined : await passphraseOf(passphraseFile, '');
  const bundle = readBundle(text);
  for (const line of describeBundle(bundle)) tell(options, line);
  if (yes !== true) await demandYes();
  const key = openKeyFile(keyText, given ?? (await passphraseOf(undefined, 'Its passphrase: ')));
  const { bundle: signed, roles } = signBundle(bundle, key);
  writeText(out, bundleText(signed));
  print(options, { keyid: key.keyid, roles, out }, () => `signed ${roles.join(', ')} with ${key.keyid}: ${out}`);
}

async function demandYes(): Promise<void> {
  const prompter = createPrompter(process.stdin, process.stderr, process.stdin.isTTY);
  try {
    if ((await prompter.ask('Sign this? (yes) ')) === 'yes') return;
  } finally {
    prompter.close();
  }
  throw new GatewayError('updates.refused', 'Nothing was signed.');
}

interface RekeyOptions extends JsonOption {
  readonly role?: string;
  readonly online?: string;
  readonly remove: readonly string[];
  readonly add: readonly string[];
  readonly out: string;
}

export async function rekeyRole({ role, online, remove, add, out, ...options }: RekeyOptions): Promise<void> {
  demandWritable(out);
  const keys = add.map((file) => publicHalf(readText(file)).key);
  const fresh = online === undefined ? undefined : readPublicOnline(readText(online));
  if ((role === undefined) === (fresh === undefined)) throw wrongOption('--role', 'one role, or --online');
  await withBooks(async (pool, config) => {
    await signedInFor(pool, config, 'updates:make');
    const trusted = await trustedMetadata(pool);
    const changes = fresh === undefined ? [{ role: role ?? '', remove, add: keys }] : onlineChanges(trusted, fresh);
    const bundle = rekey(trusted, changes, systemClock.now());
    writeText(out, bundleText(bundle));
    print(options, { out, changes: describeBundle(bundle) }, () =>
      [...describeBundle(bundle), `${out}: to be signed`].join('\n'),
    );
  });
}

/** The three online keys go, and others come. */
function onlineChanges(
  { root }: Awaited<ReturnType<typeof trustedMetadata>>,
  fresh: ReturnType<typeof readPublicOnline>,
): Rekey[] {
  return ONLINE_ROLES.map((role) => {
    const now = role === 'director' ? root?.signed['x-director'] : root?.signed.roles[role];
    return { role, remove: now?.keyids ?? [], add: [fresh[role]] };
  });
}

interface BundleOptions extends JsonOption {
  readonly out: string;
  readonly renew?: boolean;
  readonly renewRoot?: boolean;
}

export async function bundle({ out, renew, renewRoot, ...options }: BundleOptions): Promise<void> {
  demandWritable(out);
  await withBooks(async (pool) => {
    const now = systemClock.now();
    const made =
      renewRoot === true
        ? renewedRoot(await trustedMetadata(pool), now)
        : await bundleOf(pool, { renew: renew === true, now });
    writeText(out, bundleText(made));
    print(options, { out, changes: describeBundle(made) }, () =>
      [...describeBundle(made), `${out}: to be signed`].join('\n'),
    );
  });
}

export async function publish({ bundle: file, ...options }: JsonOption & { readonly bundle: string }): Promise<void> {
  const signed = readBundle(readText(file));
  await withBooks(async (pool, config) => {
    const { actor } = await signedInFor(pool, config, 'updates:make');
    const done = await publishBundle(pool, signed, loadOnlineKeys(config.data), { actor }, systemClock.now());
    print(options, done, () =>
      [
        `in force: ${done.roles.join(', ')}`,
        ...done.releases.map((path) => `may be rolled out: ${path}`),
        done.timestamp === undefined
          ? 'The online keys are not here: the gateway signs the rest within a second.'
          : `timestamp ${done.timestamp}: devices hear of it with their next message`,
      ].join('\n'),
    );
  });
}
