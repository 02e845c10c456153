/** Who may import whom: downwards only (docs/architecture.md). `group` lists what each folder may reach. */
const reach = {
  codec: [],
  field: [],
  ops: ['field'],
  demo: ['ops', 'field'],
  capture: ['codec', 'hsm', 'demo', 'ops', 'field'],
  hsm: ['ops', 'field'],
  profiles: ['codec', 'ops', 'field'],
  ledger: ['demo', 'ops', 'field'],
  net: ['codec', 'hsm', 'ops', 'field'],
  handlers: ['codec', 'profiles', 'merchants', 'ledger', 'net', 'hsm', 'ops', 'field'],
  merchants: ['ledger', 'hsm', 'ops', 'field'],
  people: ['ledger', 'ops', 'field'],
  shops: ['people', 'ops', 'field'],
  settlement: ['codec', 'people', 'ledger', 'ops', 'field'],
  'spec-tools': ['codec', 'ops', 'field'],
  replay: ['capture', 'simulators', 'codec', 'hsm', 'demo', 'ops', 'field'],
  load: ['simulators', 'codec', 'hsm', 'demo', 'ops', 'field'],
  simulators: ['codec', 'hsm', 'net', 'demo', 'ops', 'field'],
  console: ['handlers', 'settlement', 'shops', 'people', 'merchants', 'ledger', 'net', 'hsm', 'codec', 'ops', 'field'],
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
