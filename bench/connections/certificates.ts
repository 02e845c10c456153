import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/** Certificates of the development CA, each in a name of its own, all with one key: what the gateway does is the same, and a key a
 *  terminal takes longer than all the rest.
 *  @param folder the `tls` below a data folder */
export async function issuer(folder: string): Promise<{ readonly key: string; issue(name: string): Promise<string> }> {
  const authority = new x509.X509Certificate(readFileSync(join(folder, 'ca.crt'), 'utf8'));
  const pkcs8 = x509.PemConverter.decodeFirst(readFileSync(join(folder, 'ca.key'), 'utf8'));
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, true, ['sign']);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  let serial = 1;
  return {
    key: x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY'),
    async issue(name) {
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: `0a${(serial++).toString(16).padStart(8, '0')}`,
        subject: `CN=${name}`,
        issuer: authority.subject,
        notBefore: new Date(Date.now() - DAY_MS),
        notAfter: new Date(Date.now() + DAY_MS),
        signingAlgorithm: ALGORITHM,
        publicKey: keys.publicKey,
        signingKey,
        extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
      });
      return certificate.toString('pem');
    },
  };
}
