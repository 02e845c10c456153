import type { DetailedPeerCertificate, PeerCertificate as TlsCertificate, TLSSocket } from 'node:tls';
import type { Alert } from './alert.ts';
import type { PeerCertificate } from './session.ts';

/** Extended key usage of a TLS client (RFC 5280 4.2.1.12). */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

export type Identity =
  | { readonly kind: 'terminal'; readonly terminal: string; readonly certificate: PeerCertificate }
  /** `name`: what the certificate says, which nobody vouches for. */
  | {
      readonly kind: 'refused';
      readonly name: string;
      readonly reason: string;
      readonly alert: Alert;
      /** It is past its end. Nothing else of it is proved (OpenSSL tells its last fault alone): only one that is known byte for byte counts. */
      readonly expired?: PeerCertificate;
    };

/** What a refusal of OpenSSL's means, by its code; others are told as they are. */
const VERDICTS: Readonly<Record<string, readonly [Alert, string]>> = {
  CERT_HAS_EXPIRED: ['certificate_expired', 'the certificate has expired'],
  CERT_NOT_YET_VALID: ['certificate_unknown', 'the certificate is not valid yet: is the clock of this machine right?'],
  CERT_REVOKED: ['certificate_revoked', 'the certificate is revoked'],
  CERT_SIGNATURE_FAILURE: ['bad_certificate', 'the signature of the certificate is wrong'],
  INVALID_PURPOSE: ['unsupported_certificate', 'the certificate is not for clients (extended key usage)'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['unknown_ca', 'the certificate is self-signed'],
  SELF_SIGNED_CERT_IN_CHAIN: ['unknown_ca', 'the certificate is of another CA'],
  UNABLE_TO_GET_ISSUER_CERT: ['unknown_ca', 'the certificate is of another CA'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['unknown_ca', 'the certificate is of another CA'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['unknown_ca', 'the certificate is of another CA'],
};

/** Who has connected, by the client certificate: of our CA, in time, for clients, with a common name; or what is wrong
 *  with it. For a socket whose handshake is done. */
export function identityOf(socket: TLSSocket): Identity {
  const certificate = socket.getPeerCertificate() as Partial<DetailedPeerCertificate & TlsCertificate>;
  const subject = certificate.subject as { CN?: unknown } | undefined; // several common names come as an array
  const name = typeof subject?.CN === 'string' ? subject.CN : '';
  const refused = (alert: Alert, reason: string) => ({ kind: 'refused' as const, name, reason, alert });
  if (certificate.subject === undefined) return refused('certificate_required', 'no client certificate was sent');
  if (!socket.authorized) {
    const code = String(socket.authorizationError);
    const verdict = refused(...(VERDICTS[code] ?? ['bad_certificate', `the certificate is refused: ${code}`]));
    return code === 'CERT_HAS_EXPIRED' ? { ...verdict, expired: keptOf(certificate) } : verdict;
  }
  if (certificate.ext_key_usage?.includes(CLIENT_AUTH) !== true) {
    return refused('unsupported_certificate', 'the certificate is not for clients (extended key usage clientAuth)');
  }
  if (name === '') return refused('bad_certificate', 'the certificate has no common name, or several');
  return { kind: 'terminal', terminal: name, certificate: keptOf(certificate) };
}

function keptOf(certificate: Partial<TlsCertificate>): PeerCertificate {
  const { fingerprint256 = '', serialNumber = '', valid_to = '', issuer } = certificate;
  return {
    issuer: JSON.stringify(issuer),
    sha256: fingerprint256.replaceAll(':', '').toLowerCase(),
    serial: serialNumber.toLowerCase(),
    endsAt: Date.parse(valid_to),
  };
}
