import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** What pages load: the files of assets/ and the font, read once at the start, kept compressed, named by their content. */

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
  '.webp': 'image/webp',
};
const FONTS = ['vazirmatn-arabic-wght-normal.woff2', 'vazirmatn-latin-wght-normal.woff2'];
const YEAR_S = 31_536_000;

interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
  /** Undefined: it does not become smaller. */
  readonly gzip: Buffer | undefined;
}

/** @returns the path of an asset, which changes when any of them does
 *  @throws RangeError where there is no such file: a fault of the page that names it */
export type AssetPath = (name: string) => string;

export function serveAssets(server: FastifyInstance): AssetPath {
  const assets = readAssets();
  const all = createHash('sha256');
  for (const [name, { etag }] of assets) all.update(`${name} ${etag}`);
  const version = all.digest('base64url').slice(0, 10);
  server.get<{ Params: { version: string; name: string } }>('/assets/:version/:name', (request, reply) => {
    const asset = assets.get(request.params.name);
    if (asset === undefined) {
      reply.callNotFound();
      return;
    }
    // whoever had a page open while a new version came gets its files, and keeps none of them
    const kept = request.params.version === version ? `public, max-age=${YEAR_S}, immutable` : 'no-cache';
    return answer(request, reply.header('cache-control', kept), asset);
  });
  return (name) => {
    if (!assets.has(name)) throw new RangeError(`there is no asset ${name}`);
    return `/assets/${version}/${name}`;
  };
}

function answer(request: FastifyRequest, reply: FastifyReply, { type, etag, bytes, gzip }: Asset): FastifyReply {
  void reply.headers({ etag, vary: 'accept-encoding' });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const zipped = gzip !== undefined && /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(header(request));
  if (zipped) void reply.header('content-encoding', 'gzip');
  return reply.type(type).send(zipped ? gzip : bytes);
}

function header(request: FastifyRequest): string {
  const given = request.headers['accept-encoding'];
  return typeof given === 'string' ? given : '';
}

function readAssets(): Map<string, Asset> {
  const folder = fileURLToPath(new URL('./assets/', import.meta.url));
  const font = createRequire(import.meta.url).resolve('@fontsource-variable/vazirmatn/files/' + (FONTS[0] ?? ''));
  const files = [
    ...readdirSync(folder).map((name) => [name, join(folder, name)] as const),
    ...FONTS.map((name) => [name, join(font, '..', name)] as const),
  ];
  return new Map(
    files.flatMap(([name, path]) => {
      const type = TYPES[extname(name)];
      return type === undefined ? [] : [[name, assetOf(readFileSync(path), type)] as const];
    }),
  );
}

function assetOf(bytes: Buffer, type: string): Asset {
  const packed = gzipSync(bytes, { level: 9 });
  return {
    type,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    bytes,
    gzip: packed.length < bytes.length * 0.9 ? packed : undefined,
  };
}
