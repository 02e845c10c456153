import { X509Certificate } from 'node:crypto';
import type pg from 'pg';
import type { RenewalPort } from '../handlers/ports.ts';
import type { Now } from '../ops/clock.ts';
import { transaction } from '../ops/database.ts';
import { GatewayError, messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import { certify, type Certifying } from '../terminals/certificates/index.ts';

/** A terminal's own request for its next certificate, which its MAC vouches for. */
export function renewalsOf({
  pool,
  certifying,
  clock,
  log,
}: {
  readonly pool: pg.Pool;
  readonly certifying: Certifying;
  readonly clock: Now;
  readonly log: Log;
}): RenewalPort {
  return {
    renew: async (terminal, der) => {
      const base64 =
        der
          .toString('base64')
          .match(/.{1,64}/g)
          ?.join('\n') ?? '';
      const csr = `-----BEGIN CERTIFICATE REQUEST-----\n${base64}\n-----END CERTIFICATE REQUEST-----`;
      const by = { actor: { id: null, name: `terminal ${terminal}` } };
      try {
        const { pem } = await transaction(pool, (db) =>
          certify(db, certifying, { terminal, csr, renewal: true }, by, clock.now()),
        );
        return { certificate: new X509Certificate(pem).raw };
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        if (error.code === 'certificates.authority') log.error({ terminal, error: messageOf(error) }, 'a certificate could not be renewed'); // prettier-ignore
        return { refused: error.message };
      }
    },
  };
}
