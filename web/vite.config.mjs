// How the console's pages are built and served while they are written. Named exports only, as everywhere; scripts/build-web.mjs and
// scripts/dev-web.mjs hand it to Vite.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The door puts a nonce of its own into each answer in the place of this word (src/console/pages.ts). */
const NONCE = '%NONCE%';

/** Of Mantine's styles, those of the components that are used: all of them would be a seventh of the first view. Each component brings its
 *  own, after those of what it is made of; while pages are written they come all at once. */
function mantineStyles() {
  let serving = false;
  return {
    name: 'mantine-styles',
    configResolved: ({ command }) => {
      serving = command === 'serve';
    },
    transform(code, id) {
      if (serving)
        return id.endsWith('/web/src/app/styles.ts') ? `import '@mantine/core/styles.css';\n${code}` : undefined;
      const component = /@mantine\/core\/esm\/(?:components|utils)\/(?:.*\/)?(\w+)\.mjs$/.exec(id)?.[1];
      const own = component === undefined ? '' : at(`../node_modules/@mantine/core/styles/${component}.css`);
      if (!existsSync(own)) return undefined;
      return { code: `${code}\nimport '@mantine/core/styles/${component}.css';\n`, map: null };
    },
  };
}

/** Modules of Node.js that the codec names: in a browser, what it needs of them. */
const NODE = ['node:fs', 'node:net', 'node:path', 'node:url', 'node:util', 'node:buffer', 'node:worker_threads'];

export const config = {
  configFile: false,
  root: at('.'),
  base: '/console/',
  cacheDir: at('../node_modules/.cache/vite'),
  plugins: [react(), mantineStyles()],
  html: { cspNonce: NONCE },
  resolve: { alias: Object.fromEntries(NODE.map((name) => [name, at('./src/node/modules.ts')])) },
  build: {
    outDir: at('../dist/web'),
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0, // the policy of the pages lets no data: in
    modulePreload: { polyfill: false },
    target: 'es2022',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_500,
  },
};
