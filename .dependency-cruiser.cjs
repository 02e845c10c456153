/** Who may import whom: downwards only (docs/architecture.md). `group` lists what each folder may reach. */
const reach = {
  codec: [],
  ops: [],
  capture: ['codec', 'hsm', 'ops'],
  hsm: ['ops'],
  profiles: ['codec', 'ops'],
  ledger: ['ops'],
  net: ['codec', 'hsm', 'ops'],
  handlers: ['codec', 'profiles', 'merchants', 'ledger', 'net', 'hsm', 'ops'],
  merchants: ['ledger', 'hsm', 'ops'],
  settlement: ['codec', 'ledger', 'ops'],
  'spec-tools': ['codec', 'ops'],
  replay: ['capture', 'simulators', 'codec', 'hsm', 'ops'],
  load: ['simulators', 'codec', 'hsm', 'ops'],
  simulators: ['codec', 'hsm', 'net', 'ops'],
  console: ['handlers', 'settlement', 'merchants', 'ledger', 'net', 'hsm', 'codec', 'ops'],
};

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(reach).map(([folder, allowed]) => ({
      name: `${folder}-imports-downwards-only`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
