import { createCipheriv, createHmac } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** TLS alerts that say what is wrong with a client's certificate (RFC 8446 6.2). */
const ALERTS = {
  handshake_failure: 40,
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_revoked: 44,
  certificate_expired: 45,
  certificate_unknown: 46,
  unknown_ca: 48,
  access_denied: 49,
  certificate_required: 116,
} as const;
export type Alert = keyof typeof ALERTS;

const FATAL = 2;
const ALERT_TYPE = 21;
const APPLICATION_DATA_TYPE = 23;
const TAG_BYTES = 16;
const SECRET_LABEL = 'SERVER_TRAFFIC_SECRET_0 ';

/** Server traffic secrets of TLS 1.3 handshakes that are under way: the lines of the key log. */
const secrets = new WeakMap<TLSSocket, Buffer>();

/** Keeps what `sendAlert` needs, for as long as the handshake lasts. For the `keylog` event of a server. */
export function keepSecret(line: Buffer, socket: TLSSocket): void {
  if (line.toString('latin1', 0, SECRET_LABEL.length) === SECRET_LABEL) secrets.set(socket, line);
  else line.fill(0);
}

/** Wipes the secret: the handshake is over. */
export function forgetSecret(socket: TLSSocket): void {
  secrets.get(socket)?.fill(0);
  secrets.delete(socket);
}

/** Tells a client that its certificate was refused. Node.js accepts every certificate in OpenSSL, leaves the verdict to
 *  JavaScript and has no way to say it, so the record is made here: it is the server's first after its handshake messages
 *  (`secureConnection` comes before session tickets leave), in TLS 1.2 still unencrypted, in TLS 1.3 under the first
 *  traffic key. To be called within `secureConnection`, and followed by the end of `raw`.
 *  @param raw what `socket` was made of
 *  Source: RFC 5246 7.2, RFC 8446 5.2, 6, 7.3; docs/decisions/0029 */
export function sendAlert(socket: TLSSocket, raw: Socket, alert: Alert): void {
  const secret = secrets.get(socket);
  if (socket.isSessionReused()) return; // its first record is another one: the end of the connection must do
  if (socket.getProtocol() === 'TLSv1.2') raw.write(plainAlert(alert));
  else if (secret !== undefined) raw.write(sealedAlert(alert, secret, socket.getCipher().standardName));
}

function plainAlert(alert: Alert): Buffer {
  // TLS 1.2 knows no certificate_required.
  const code = alert === 'certificate_required' ? ALERTS.handshake_failure : ALERTS[alert];
  return Buffer.from([ALERT_TYPE, 3, 3, 0, 2, FATAL, code]);
}

function sealedAlert(alert: Alert, keyLogLine: Buffer, cipher: string): Buffer {
  const hex = keyLogLine.toString('latin1').trim().split(' ')[2] ?? '';
  const secret = Buffer.from(hex, 'hex');
  const hash = cipher.endsWith('SHA384') ? 'sha384' : 'sha256';
  const [name, keyBytes] = cipher.includes('CHACHA20')
    ? (['chacha20-poly1305', 32] as const)
    : cipher.includes('AES_256_GCM')
      ? (['aes-256-gcm', 32] as const)
      : (['aes-128-gcm', 16] as const);
  const key = expandLabel(hash, secret, 'key', keyBytes);
  const iv = expandLabel(hash, secret, 'iv', 12); // of record 0: the nonce is the IV itself
  const inner = Buffer.from([FATAL, ALERTS[alert], ALERT_TYPE]);
  const header = Buffer.from([APPLICATION_DATA_TYPE, 3, 3, 0, inner.length + TAG_BYTES]);
  const sealer = createCipheriv(name as 'aes-128-gcm', key, iv, { authTagLength: TAG_BYTES });
  sealer.setAAD(header, { plaintextLength: inner.length });
  const record = Buffer.concat([header, sealer.update(inner), sealer.final(), sealer.getAuthTag()]);
  for (const bytes of [secret, key, iv]) bytes.fill(0);
  return record;
}

/** HKDF-Expand-Label of RFC 8446 7.1 with an empty context, for at most one block of the hash. */
function expandLabel(hash: 'sha256' | 'sha384', secret: Buffer, label: string, length: number): Buffer {
  const full = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, full.length]), full, Buffer.from([0, 1])]);
  return createHmac(hash, secret).update(info).digest().subarray(0, length);
}
