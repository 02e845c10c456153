// `npm start`: sets up what is missing, then runs everything in this one process, so that a signal reaches it directly.
await import('./setup.mjs');
const { run } = await import('../dist/cli/main.js');
await run([process.execPath, 'kalabarg', 'start', ...process.argv.slice(2)]);
