import Table from 'cli-table3';
import type { Command } from 'commander';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolClient } from 'pg';
import { openHsm, type PaymentHsm } from '../../hsm/index.ts';
import { isDemo } from '../../ledger/index.ts';
import { DAY_MS, systemClock } from '../../ops/clock.ts';
import type { Config } from '../../ops/config.ts';
import { fileFault, GatewayError } from '../../ops/errors.ts';
import { systemRandom } from '../../ops/random.ts';
import type { By } from '../../people/index.ts';
import {
  authorityOf,
  certify,
  certifyWithKey,
  importCertificates,
  listCertificates,
  makeAuthority,
  revoke,
  REVOCATION_REASONS,
  writtenList,
  type Certifying,
  type KnownCertificate,
  type RevocationReason,
  type TerminalCertificate,
} from '../../terminals/certificates/index.ts';
import { withBooks } from '../books.ts';
import { readText } from '../files.ts';
import { whole, withJson, wrongOption } from '../options.ts';
import { howMany, print, printEach, tell, type JsonOption } from '../print.ts';
import { acting, withActor, withReason, type ActOptions } from './acting.ts';

export function registerCertificates(terminals: Command): void {
  withJson(withActor(ways(terminals.command('issue'))))
    .description('give a terminal a certificate: for its own key, or with a key in a PKCS #12 file')
    .argument('<terminal>', 'DE 41')
    .action((terminal: string, options: IssueOptions) => issue(terminal, options, false));
  withJson(withActor(ways(terminals.command('renew'))))
    .description('give a terminal its next certificate; the one before stays good until its end, or until --revoke-old')
    .argument('<terminal>', 'DE 41')
    .option('--revoke-old', 'revoke its certificates of before at once')
    .action((terminal: string, options: IssueOptions) => issue(terminal, options, true));
  withJson(withReason(terminals.command('revoke')))
    .description(
      'let certificates in no more, on every copy of the gateway within a second; their connections are closed',
    )
    .argument('[terminal]', 'DE 41: all that it has')
    .option('--serial <serial>', 'the one with this serial, hexadecimal')
    .option('--sha256 <fingerprint>', 'the one with this fingerprint')
    .option('--why <reason>', REVOCATION_REASONS.join(', '), reasonNamed, 'unspecified')
    .action(revokeSome);
  withJson(terminals.command('certificates'))
    .description('certificates of terminals: serial, end, whether revoked')
    .argument('[terminal]', 'DE 41: of this one alone')
    .option('--ends-within <days>', 'only those that end so soon', whole('--ends-within', 0, 36_500))
    .option('--limit <count>', 'at most so many', whole('--limit', 1, 100_000), 200)
    .action(list);
  withJson(withActor(terminals.command('import')))
    .description('take certificates of another authority into the registry, as PEM')
    .argument('<file>')
    .action(importFile);
  withJson(terminals.command('crl'))
    .description('the newest list of certificates that were revoked here (PEM)')
    .action(crl);
  withJson(withActor(terminals.command('authority')))
    .description("make an authority for terminals' certificates whose key the HSM keeps; prints its certificate (PEM)")
    .argument('<name>', 'its common name')
    .option('--sealed', 'pkcs11: its key sealed in the database instead of on the token')
    .action(authority);
}

function ways(command: Command): Command {
  return command
    .option('--csr <file>', 'its request, PKCS #10 in PEM: subject CN=<terminal>')
    .option('--pkcs12 <file>', 'write a key and its certificate there; the passphrase is shown once');
}

interface IssueOptions extends JsonOption {
  readonly by: string;
  readonly csr?: string;
  readonly pkcs12?: string;
  readonly revokeOld?: boolean;
}

async function issue(terminal: string, options: IssueOptions, renew: boolean): Promise<void> {
  const { csr, pkcs12 } = options;
  if (csr !== undefined && pkcs12 === undefined) {
    const request = readText(csr);
    const { certificate } = await issued(terminal, options, renew, async (db, by, authority, now) => ({
      certificate: await certify(db, authority, { terminal, csr: request }, by, now),
    }));
    print(options, certificate, () => certificate.pem.trimEnd());
  } else if (pkcs12 !== undefined && csr === undefined) {
    const { certificate, passphrase } = await intoNewFile(pkcs12, () =>
      issued(terminal, options, renew, (db, by, authority, now) => certifyWithKey(db, authority, terminal, by, now)),
    );
    print(options, { ...certificate, file: pkcs12, passphrase }, () => `${pkcs12} opens with this passphrase, which is shown once:\n${passphrase}`); // prettier-ignore
  } else throw wrongOption(`terminals ${renew ? 'renew' : 'issue'}`, '--csr or --pkcs12, one of them');
}

async function issued<T extends { readonly certificate: TerminalCertificate }>(
  terminal: string,
  options: IssueOptions,
  renew: boolean,
  make: (db: PoolClient, by: By, authority: Certifying, now: number) => Promise<T>,
): Promise<T> {
  return certifying(options, async (db, by, authority) => {
    if (renew && (await listCertificates(db, { terminal, limit: 1 })).length === 0)
      throw new GatewayError('certificates.unknown', `Terminal ${terminal} has no certificate here yet: issue one.`);
    const made = await make(db, by, authority, systemClock.now());
    const old = { terminal, except: made.certificate.sha256 };
    if (options.revokeOld === true)
      await revoke(db, { which: old, reason: 'superseded' }, { ...by, reason: 'renewed' });
    return made;
  });
}

/** The file is there, for its owner alone, before anything is done; what is not done leaves none. */
async function intoNewFile<T extends { readonly pkcs12: Buffer }>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    writeFileSync(file, '', { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new GatewayError('certificates.file', fileFault(file, 'written', cause), { cause });
  }
  try {
    const made = await work();
    writeFileSync(file, made.pkcs12);
    return made;
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

/** One act with the authority, whose key the HSM may keep. */
async function certifying<T>(
  options: { readonly by: string },
  act: (db: PoolClient, by: By, authority: Certifying) => Promise<T>,
): Promise<T> {
  return acting(options, (db, by, config) =>
    withHsm(config, async (hsm) => {
      const demo = await isDemo(db);
      return act(db, { actor: by.actor }, { authority: authorityOf(config, demo, hsm), random: systemRandom.bytes });
    }),
  );
}

async function withHsm<T>(config: Config, work: (hsm: () => Promise<PaymentHsm>) => Promise<T>): Promise<T> {
  let opened: PaymentHsm | undefined;
  try {
    return await work(async () => (opened ??= await openHsm(config, false)));
  } finally {
    await opened?.close();
  }
}

function reasonNamed(text: string): RevocationReason {
  const reason = REVOCATION_REASONS.find((known) => known === text);
  if (reason !== undefined) return reason;
  throw wrongOption(`--why ${text}`, `one of ${REVOCATION_REASONS.join(', ')}`);
}

type RevokeOptions = JsonOption &
  ActOptions & { readonly serial?: string; readonly sha256?: string; readonly why: RevocationReason };

async function revokeSome(terminal: string | undefined, options: RevokeOptions): Promise<void> {
  const { serial, sha256 } = options;
  const named = [
    ...(terminal === undefined ? [] : [{ terminal }]),
    ...(serial === undefined ? [] : [{ serial: serial.toLowerCase() }]),
    ...(sha256 === undefined ? [] : [{ sha256: sha256.replaceAll(':', '').toLowerCase() }]),
  ];
  const [which] = named;
  if (which === undefined || named.length > 1)
    throw wrongOption('terminals revoke', 'a terminal, --serial or --sha256, one of them');
  const revoked = await acting(options, (db, by) => revoke(db, { which, reason: options.why }, by));
  printEach(options, revoked, () => (revoked.length === 0 ? 'it was revoked before' : `revoked:\n${table(revoked)}`));
}

async function list(
  terminal: string | undefined,
  options: JsonOption & { readonly endsWithin?: number; readonly limit: number },
): Promise<void> {
  const endsBefore = options.endsWithin === undefined ? undefined : systemClock.now() + options.endsWithin * DAY_MS;
  const found = await withBooks((pool) => listCertificates(pool, { terminal, endsBefore, limit: options.limit }));
  printEach(options, found, () => (found.length === 0 ? 'no such certificate' : table(found)));
}

function table(found: readonly KnownCertificate[]): string {
  const table = new Table({
    head: ['terminal', 'serial', 'from', 'ends', 'issuer', 'revoked'],
    style: { head: [], border: [] },
  });
  for (const { terminal, serial, source, notAfter, issuer, revokedAt, reason } of found)
    table.push([terminal, serial, source, notAfter.slice(0, 10), issuer, revokedAt === null ? '' : `${revokedAt} ${reason ?? ''}`]); // prettier-ignore
  return table.toString();
}

async function importFile(file: string, options: JsonOption & { readonly by: string }): Promise<void> {
  const pems = readText(file);
  const taken = await acting(options, (db, by, { data }) =>
    importCertificates(db, { pems, trusted: join(data, 'tls', 'ca.crt') }, { actor: by.actor }, systemClock.now()),
  );
  printEach(options, taken, () => `${howMany(taken.length, 'certificate is', 'certificates are')} in the registry`);
}

async function crl(options: JsonOption): Promise<void> {
  const written = await withBooks((pool) => writtenList(pool));
  if (written === undefined)
    throw new GatewayError(
      'certificates.none',
      'No list was written yet: the gateway writes one where it has an authority.',
    );
  print(options, written, () => written.pem.trimEnd());
}

async function authority(
  name: string,
  options: JsonOption & { readonly by: string; readonly sealed?: boolean },
): Promise<void> {
  const how = { name, random: systemRandom.bytes, sealed: options.sealed === true };
  const { pem, tokenLabel } = await acting(options, (db, by, config) =>
    withHsm(config, async (hsm) => makeAuthority(db, await hsm(), how, { actor: by.actor }, systemClock.now())),
  );
  tell(
    options,
    tokenLabel === null
      ? 'Its key lies sealed in the database, under a key of the HSM.'
      : `Its key was made on the token (${tokenLabel}) and lies nowhere else: back the token up, and give every copy the same.`,
  );
  tell(options, 'Add it to <data>/tls/ca.crt of every copy: the gateway takes it within two seconds.');
  print(options, { name, pem, tokenLabel }, () => pem.trimEnd());
}
