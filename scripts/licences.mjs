import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `npm run docs:licences`: docs/licences.md, of what package-lock.json says. */
const root = new URL('../', import.meta.url);

/** Nobody has to ask. */
export const LICENCES = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Unlicense'];

const libvips = 'libvips as a library of its own, loaded by sharp when it runs and exchangeable: what the LGPL asks';
const windows = 'Windows only, where this gateway does not run: npm lists it and does not install it';
/** Others, each with its reason. */
export const NAMED = {
  '@fontsource-variable/vazirmatn': { licence: 'OFL-1.1', why: 'the font of PDFs and pages; it is shipped unchanged' },
  ...Object.fromEntries(
    ['darwin-arm64', 'darwin-x64', 'linux-arm', 'linux-arm64', 'linux-ppc64', 'linux-riscv64', 'linux-s390x', 'linux-x64', 'linuxmusl-arm64', 'linuxmusl-x64'].map((platform) => [`@img/sharp-libvips-${platform}`, { licence: 'LGPL-3.0-or-later', why: libvips }]), // prettier-ignore
  ),
  '@img/sharp-wasm32': { licence: 'Apache-2.0 AND LGPL-3.0-or-later AND MIT', why: 'only where there is no libvips of the platform: npm lists it and does not install it' }, // prettier-ignore
  ...Object.fromEntries(['arm64', 'ia32', 'x64'].map((cpu) => [`@img/sharp-win32-${cpu}`, { licence: 'Apache-2.0 AND LGPL-3.0-or-later', why: windows }])), // prettier-ignore
  ibantools: { licence: 'MIT or MPL-2.0', why: 'taken under MIT' },
  minimatch: { licence: 'BlueOak-1.0.0', why: 'of @tufjs/models; as free as MIT' },
  pako: { licence: '(MIT AND Zlib)', why: 'both as free as MIT' },
  ...Object.fromEntries(['buildcheck', 'cpu-features', 'png-js', 'ssh2'].map((name) => [name, { licence: 'none', why: 'MIT by the file in the package; the lock file says nothing' }])), // prettier-ignore
};

/** The page, as it should be. */
export function licencesPage() {
  const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8'));
  const byLicence = new Map();
  for (const [path, { license = 'none', dev }] of Object.entries(packages)) {
    if (path === '' || dev === true) continue;
    const name = path.replace(/^.*node_modules\//, '');
    byLicence.set(license, (byLicence.get(license) ?? new Set()).add(name));
  }
  const free = [...byLicence].filter(([licence]) => LICENCES.includes(licence)).sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = free.map(([licence, names]) => `| ${licence} | ${[...names].sort().join(', ')} |`);
  const named = Object.entries(NAMED).map(([name, { licence, why }]) => `| ${name} | ${licence} | ${why} |`);
  return `# Licences

Of the packages that production brings, as package-lock.json has them (\`npm run docs:licences\` writes this page; a test holds it, and refuses what is under another licence
and not named here). \`npm run sbom\` prints the same as CycloneDX. What tests, benches and builds alone use is not shipped.

| licence | packages |
| --- | --- |
${rows.join('\n')}

## With a reason each

| package | licence | why it may be here |
| --- | --- | --- |
${named.join('\n')}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('docs/licences.md', root), licencesPage());
