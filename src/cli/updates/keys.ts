import { systemClock } from '../../ops/clock.ts';
import { loadConfig } from '../../ops/config.ts';
import { GatewayError } from '../../ops/errors.ts';
import { systemRandom } from '../../ops/random.ts';
import {
  bundleText,
  expiryOf,
  firstBundle,
  LEAST_PASSPHRASE,
  makeKeyFile,
  makeOnlineKeys,
  ONLINE_ROLES,
  onlineKeysFile,
  pathsOf,
  publicHalf,
  publicOnlineText,
  readPublicOnline,
  SPEC_VERSION,
  withoutPrivate,
} from '../../updates/repository/index.ts';
import { demandWritable, readText, writeText } from '../files.ts';
import { createPrompter } from '../keys/prompt.ts';
import { print, type JsonOption } from '../print.ts';

interface KeyOptions extends JsonOption {
  readonly role: string;
  readonly out: string;
  readonly public: string;
  readonly passphraseFile?: string;
}

export async function makeKey({
  role,
  out,
  public: publicFile,
  passphraseFile,
  ...options
}: KeyOptions): Promise<void> {
  demandWritable(out);
  demandWritable(publicFile);
  const text = makeKeyFile(
    role,
    await passphraseOf(passphraseFile, `A passphrase, at least ${LEAST_PASSPHRASE} characters: `),
    systemRandom,
  );
  writeText(out, text, 0o600);
  writeText(publicFile, withoutPrivate(text));
  const { keyid } = JSON.parse(text) as { keyid: string };
  print(
    options,
    { role, keyid, out, public: publicFile },
    () =>
      `${role} key ${keyid}\n  ${out}: keep it offline, with its passphrase elsewhere\n  ${publicFile}: may be sent`,
  );
}

/** @throws GatewayError `keys.input`, `file.unreadable` */
export async function passphraseOf(file: string | undefined, question: string): Promise<string> {
  if (file !== undefined) return readText(file).split(/\r?\n/, 1)[0] ?? '';
  const prompter = createPrompter(process.stdin, process.stderr, process.stdin.isTTY);
  try {
    return await prompter.askHidden(question);
  } finally {
    prompter.close();
  }
}

export function online({ public: publicFile, ...options }: JsonOption & { readonly public: string }): void {
  demandWritable(publicFile);
  const { data } = loadConfig();
  const keys = makeOnlineKeys(data);
  writeText(publicFile, publicOnlineText(keys));
  const ids = Object.fromEntries(ONLINE_ROLES.map((role) => [role, keys[role].keyid]));
  print(options, { ...ids, public: publicFile }, () =>
    [
      ...ONLINE_ROLES.map((role) => `${role} ${keys[role].keyid}`),
      `Every copy of the gateway needs ${onlineKeysFile(data)} in its data folder.`,
    ].join('\n'),
  );
}

interface InitOptions extends JsonOption {
  readonly root: readonly string[];
  readonly targets: string;
  readonly line: readonly string[];
  readonly online: string;
  readonly out: string;
}

export function init({ root, targets, line, online: onlineFile, out, ...options }: InitOptions): void {
  if (root.length < 2)
    throw new GatewayError(
      'updates.rekey',
      'A root has at least two keys, better three: two sign. Give --root for each.',
    );
  const now = systemClock.now();
  demandWritable(out);
  const texts = new Map([...root, targets, ...line, onlineFile].map((file) => [file, readText(file)]));
  const key = (file: string) => publicHalf(texts.get(file) ?? '');
  const lines = line.map((file) => {
    const { role, key: of } = key(file);
    return { name: role, paths: [pathsOf(role)], key: of };
  });
  const bundle = firstBundle(
    {
      root: root.map((file) => key(file).key),
      targets: key(targets).key,
      online: readPublicOnline(texts.get(onlineFile) ?? ''),
      lines,
    },
    { expires: { root: expiryOf('root', now), targets: expiryOf('targets', now) }, specVersion: SPEC_VERSION },
  );
  writeText(out, bundleText(bundle));
  print(
    options,
    { out, roles: ['root', ...Object.keys(bundle.roles)] },
    () => `${out}: to be signed by two root keys, and by the key of each of ${Object.keys(bundle.roles).join(', ')}`,
  );
}
