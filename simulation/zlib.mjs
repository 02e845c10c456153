import { Transform } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';

/** Compressing on a thread of its own ends when it ends, and Node.js does not say that it is under way: in a simulation it is done at once
 *  (loader.mjs puts this in the place of Node's). */
export const createGzip = (options) => atOnce((bytes) => gzipSync(bytes, options));
export const createGunzip = (options) => atOnce((bytes) => gunzipSync(bytes, options));

/** As Node's streams of zlib, with the one property that is asked for: bytes that went in and were used. */
function atOnce(work) {
  const chunks = [];
  const stream = new Transform({
    transform: (chunk, _encoding, done) => {
      chunks.push(chunk);
      stream.bytesWritten += chunk.length;
      done();
    },
    flush: (done) => {
      done(null, work(Buffer.concat(chunks)));
    },
  });
  stream.bytesWritten = 0;
  return stream;
}
