import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `npm run sbom`: the packages of production as CycloneDX, on standard output. `npm sbom --omit dev` (npm 11) leaves out what production and a
 *  development tool both need (ajv, commander, semver, yaml): the lock file says what is for development alone, and that is taken out here. */
const root = new URL('../', import.meta.url);
const bom = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
    cwd: fileURLToPath(root),
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'inherit'],
  }),
);
const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8'));
const ofProduction = new Set(
  Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`),
);
const nameOf = ({ group, name, version }) => `${group === undefined ? '' : `${group}/`}${name}@${version}`;
const gone = new Set(bom.components.filter((each) => !ofProduction.has(nameOf(each))).map((each) => each['bom-ref']));
const isThere = (ref) => !gone.has(ref);
bom.components = bom.components.filter((each) => isThere(each['bom-ref']));
for (const each of bom.components)
  each.properties = each.properties?.filter(({ name }) => name !== 'cdx:npm:package:development');
bom.dependencies = bom.dependencies
  .filter(({ ref }) => isThere(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(isThere) }));
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);
