import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { emptyProject, exampleIn, root, type Project } from './project.ts';

/** Oldest first. Others may be named by where they lie: KALABARG_TEST_COMPILERS=/tmp/x/node_modules/typescript,… */
const COMPILERS = [
  ...(process.env['KALABARG_TEST_COMPILERS']?.split(',') ?? []),
  join(root, 'node_modules', 'typescript'),
].map((folder) => ({
  folder,
  version: (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version,
}));
const CODEC_LIMIT = 1_000_000;

let project: Project;
let installed: string[];

beforeAll(() => {
  project = emptyProject();
  const packs = join(project.folder, 'packs');
  project.run(process.execPath, join(root, 'scripts', 'packages.mjs'), packs, 'iso8583', 'payment-hsm');
  const files = readdirSync(packs).filter((name) => name.endsWith('.tgz'));
  expect(files).toHaveLength(2);
  project.run('npm', 'install', '--offline', '--no-audit', '--no-fund', ...files.map((file) => join(packs, file)));
  installed = readdirSync(join(project.folder, 'node_modules'));
  project.link('@types/node', 'undici-types'); // as whoever writes TypeScript for Node.js has them
});
afterAll(() => {
  project.remove();
});

const inPackage = (name: string, ...path: string[]): string =>
  join(project.folder, 'node_modules', '@kalabarg', name, ...path);

describe.each(['iso8583', 'payment-hsm'])('@kalabarg/%s', (name) => {
  test('has what a package needs to be judged: readme, licence, reference, versions', () => {
    const manifest = JSON.parse(readFileSync(inPackage(name, 'package.json'), 'utf8')) as Record<string, unknown>;
    const program = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      version: program['version'],
      license: 'MIT',
      engines: program['engines'],
      sideEffects: false,
      publishConfig: { access: 'public', provenance: true },
    });
    expect(manifest['dependencies']).toBeUndefined();
    const readme = readFileSync(inPackage(name, 'README.md'), 'utf8');
    const { node } = program['engines'] as { node: string };
    expect(readme).toContain(`Node.js ${node.replace('>=', '')} or later`);
    expect(readme).toContain(`./kalabarg-${name}-${String(program['version'])}.tgz`);
    expect(readFileSync(inPackage(name, 'LICENSE'), 'utf8')).toContain('MIT');
  });

  test('its reference tells every export, with what it is for', () => {
    const names = project.run(
      process.execPath,
      '--input-type=module',
      '-e',
      `console.log(Object.keys(await import('@kalabarg/${name}')).join())`,
    );
    const page = readFileSync(inPackage(name, 'docs', 'API.md'), 'utf8');
    expect(names.trim().split(',').length).toBeGreaterThan(10);
    expect(
      names
        .trim()
        .split(',')
        .filter((each) => !page.includes(`\n### ${each}\n`)),
    ).toEqual([]);
    expect(page).not.toMatch(/#private|sourceMappingURL/);
  });

  test('the example of its readme runs as it stands, and with require', () => {
    const example = exampleIn(inPackage(name, 'README.md'));
    const seen = project.run(process.execPath, project.write(`${name}.mjs`, example));
    const required = example.replace(/^import (\{[^}]+\}) from ('[^']+');$/gm, 'const $1 = require($2);');
    expect(required).not.toMatch(/^import /m);
    const script = project.write(`${name}.cjs`, `(async () => {\n${required}\n})();\n`);
    expect(project.run(process.execPath, script)).toBe(seen);
    expect(seen).not.toContain('6037990000000071');
  });

  test('what is imported and what is required is one and the same', () => {
    const script = `
      import { createRequire } from 'node:module';
      import * as imported from '@kalabarg/${name}';
      const required = createRequire(import.meta.url)('@kalabarg/${name}');
      const names = Object.keys(required);
      console.log(names.length > 10 && names.every((each) => imported[each] === required[each]));`;
    expect(project.run(process.execPath, project.write(`both-${name}.mjs`, script))).toBe('true\n');
  });
});

test('an install of both brings nothing else', () => {
  expect(installed.filter((name) => !name.startsWith('.'))).toEqual(['@kalabarg']);
  expect(readdirSync(join(project.folder, 'node_modules', '@kalabarg')).sort()).toEqual(['iso8583', 'payment-hsm']);
});

test('the codec is smaller than a megabyte, unpacked and with its reference', () => {
  const files = readdirSync(inPackage('iso8583'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const bytes = files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(CODEC_LIMIT);
});

test('every dialect of specs/ is in the codec, by name and as a file', () => {
  const script = `
    const { compile, loadSpec } = require('@kalabarg/iso8583');
    for (const name of process.argv.slice(2)) {
      if (require('@kalabarg/iso8583/specs/' + name + '.json').name !== name) throw new Error(name);
      compile(loadSpec(name)).encode({ mti: name.includes('93') ? '1800' : name.includes('2003') ? '2800' : '0800', fields: { 11: '000001'.padStart(name.includes('2003') ? 12 : 6, '0') } });
    }
    require('@kalabarg/iso8583/specs/spec.schema.json');
    console.log(process.argv.length - 2);`;
  const names = readdirSync(join(root, 'specs'))
    .filter((file) => file !== 'spec.schema.json')
    .map((file) => file.replace('.json', ''));
  expect(names.length).toBeGreaterThan(8);
  const printed = project.run(process.execPath, project.write('specs.cjs', script), ...names);
  expect(printed).toBe(`${names.length}\n`);
});

test('PKCS#11 without pkcs11js is refused with the name of what is missing', () => {
  const script = `
    import { HsmError, pkcs11Hsm } from '@kalabarg/payment-hsm';
    try {
      await pkcs11Hsm({ library: '/nowhere.so', tokenLabel: 'x', pin: '1234' });
    } catch (error) {
      console.log(error instanceof HsmError, error.code, error.message.includes('pkcs11js'));
    }`;
  expect(project.run(process.execPath, project.write('pkcs11.mjs', script))).toBe('true hsm.missing true\n');
});

const PROGRAM = `
import { CodecError, compile, defineSpec, describe, FrameDecoder, loadSpec, type Codec, type Message } from '@kalabarg/iso8583';
import { HsmError, softwareHsm, type KeyRef, type PaymentHsm } from '@kalabarg/payment-hsm';

const codec = compile(loadSpec('iso87-bcd'));
const frame: Buffer = codec.encode({ mti: '0800', fields: { 7: '1123050607', 11: '000123', 70: '301' } });
const message = codec.decode(frame);
const stan: string | undefined = message.get(11);
const amount: bigint | undefined = message.amount(4);
// @ts-expect-error: 1987 has no element 130
message.get(130);
// @ts-expect-error: bytes are wanted
codec.decode('0800');
const anything: Message = compile(loadSpec('./my.json' as string)).decode(frame);
const again: Buffer = codec.encode(message.clearFields({ deep: true }));
const own = compile(defineSpec({ name: 'own', extends: 'iso87-ascii', fields: { 61: null } }));
// @ts-expect-error: it was taken away
own.decode(frame).get(61);
const decoder = new FrameDecoder({ header: 'binary2', tpdu: true });
const hsm: PaymentHsm = softwareHsm({ lmk: Buffer.alloc(32, 1) });
export async function key(): Promise<KeyRef> {
  const made = await hsm.generateKey({ usage: 'P0', algorithm: 'TDES', bits: 128 });
  // @ts-expect-error: no such usage
  await hsm.generateKey({ usage: 'P9', algorithm: 'TDES', bits: 128 });
  return made;
}
export const all: readonly unknown[] = [stan, amount, anything, again, decoder, CodecError, HsmError, describe(anything)];
export type Mine = Codec;
`;

const STRICT = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
  target: 'ES2022',
  lib: ['ES2022'],
  types: [],
};

test('declarations name no type parameters of Buffer and its kin, which compilers before 5.7 do not know', () => {
  const scope = join(project.folder, 'node_modules', '@kalabarg');
  const files = readdirSync(scope, { recursive: true }).map((name) => join(scope, String(name)));
  const declarations = files.filter((name) => /\.d\.m?ts$/.test(name));
  expect(declarations.length).toBeGreaterThan(40);
  const young = /\b(?:Buffer|DataView|\w+Array)<Array|from '[^']+\.ts'/;
  expect(declarations.filter((file) => young.test(readFileSync(file, 'utf8')))).toEqual([]);
});

test.each(COMPILERS)('TypeScript $version takes the declarations, as a module and as CommonJS', ({ folder }) => {
  project.write('types/consumer.mts', PROGRAM);
  project.write('types/consumer.cts', PROGRAM);
  const options = { ...STRICT, module: 'NodeNext', moduleResolution: 'NodeNext' };
  project.write('types/tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['.'] }));
  expect(project.run(process.execPath, join(folder, 'bin', 'tsc'), '-p', 'types')).toBe('');
});
