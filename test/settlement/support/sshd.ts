import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../src/demo/machine/postgres.ts';
import type { SftpPlace } from '../../../src/settlement/transfer/sftp.ts';

/** The system's own OpenSSH server, on a port and with keys of its own. */
export interface SshServer {
  readonly place: SftpPlace;
  stop(): Promise<void>;
}

export async function startSshd(): Promise<SshServer> {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-sshd-'));
  const [hostKey, userKey] = [join(folder, 'host'), join(folder, 'user')];
  for (const key of [hostKey, userKey]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  copyFileSync(`${userKey}.pub`, join(folder, 'authorized'));
  const fingerprint = execFileSync('ssh-keygen', ['-lf', `${hostKey}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';
  const files = join(folder, 'files');
  mkdirSync(files);
  chmodSync(folder, 0o755);
  // As root sshd wants this folder, which its package's service makes at boot.
  if (userInfo().uid === 0 && !existsSync('/run/sshd')) mkdirSync('/run/sshd', { mode: 0o755 });
  const port = await freePort();
  const config = join(folder, 'config');
  writeFileSync(
    config,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${join(folder, 'authorized')}`,
      `PidFile ${join(folder, 'pid')}`,
      'StrictModes no',
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'Subsystem sftp internal-sftp',
      '',
    ].join('\n'),
  );
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: 'ignore' });
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries === 100) throw new Error('sshd does not answer');
    await sleep(50);
  }
  return {
    place: {
      host: '127.0.0.1',
      port,
      user: userInfo().username,
      keyFile: userKey,
      hostKey: fingerprint,
      folder: files,
    },
    stop: async () => {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    }).once('error', () => {
      done(false);
    });
  });
}
