// npm run faults [-- --only NAME[,NAME] --seed 1 --rate 30 --list]
// Runs itself again in namespaces of its own: machines, addresses and files that it makes are seen by nobody else, and nothing of it is left
// when it ends, however it ends.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { register } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAMS = {
  '/usr/bin/patroni': 'patroni',
  '/usr/bin/patronictl': 'patroni',
  '/usr/bin/etcd': 'etcd-server',
  '/usr/lib/postgresql/15/bin/postgres': 'postgresql-15',
  '/usr/sbin/haproxy': 'haproxy',
  '/usr/bin/redis-server': 'redis-server',
  '/usr/bin/redis-sentinel': 'redis-sentinel',
  '/usr/bin/faketime': 'faketime',
  '/usr/sbin/ip': 'iproute2',
  '/usr/sbin/iptables': 'iptables',
};
const INSIDE = 'KALABARG_FAULTS_INSIDE';

function lacking() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'it makes network namespaces, which only root may do: run it as root on Linux (a container: with CAP_SYS_ADMIN and CAP_NET_ADMIN)';
  const packages = new Set(Object.keys(PROGRAMS).flatMap((path) => (existsSync(path) ? [] : [PROGRAMS[path]])));
  if (packages.size > 0) return `apt-get install -y --no-install-recommends ${[...packages].join(' ')}`;
  return undefined;
}

const place = process.env[INSIDE];
if (place !== undefined) {
  register('../bench/support/typescript.mjs', import.meta.url);
  const { run } = await import('./main.ts');
  process.exit(await run(process.argv.slice(2), place)); // with everything that it started
} else {
  const why = lacking();
  if (why !== undefined) {
    console.error(`faults: ${why}`);
    process.exit(2);
  }
  // The shell is the first process in there: it buries what others leave behind, as init does.
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const self = [process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-faults-'));
  const { status } = spawnSync('unshare', [...namespaces, 'bash', '-c', '"$@"; exit $?', 'faults', ...self], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: folder },
  });
  rmSync(folder, { recursive: true }); // what was mounted on it went with the namespace
  process.exitCode = status ?? 1;
}
