import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

export const USAGES = x509.ExtendedKeyUsage;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A certificate of the development CA below `dataDir`, as a careless or hostile hand would have it made.
 *  @returns PEM texts */
export async function clientCertificate(
  dataDir: string,
  subject: string,
  options: { readonly usages?: x509.ExtendedKeyUsage[]; readonly notAfter?: Date } = {},
): Promise<{ cert: string; key: string }> {
  const folder = join(dataDir, 'tls');
  const authority = new x509.X509Certificate(readFileSync(join(folder, 'ca.crt'), 'utf8'));
  const pkcs8 = x509.PemConverter.decodeFirst(readFileSync(join(folder, 'ca.key'), 'utf8'));
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, true, ['sign']);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const { usages } = options;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '0102030405',
    subject,
    issuer: authority.subject,
    notBefore: new Date(Date.now() - 172_800_000),
    notAfter: options.notAfter ?? new Date(Date.now() + 86_400_000),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey,
    extensions: usages === undefined ? [] : [new x509.ExtendedKeyUsageExtension(usages)],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { cert: certificate.toString('pem'), key };
}
