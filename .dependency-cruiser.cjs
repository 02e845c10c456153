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
  messages: ['ops', 'field'],
  owners: ['messages', 'people', 'ops', 'field'],
  enrolment: ['training', 'shops', 'terminals', 'messages', 'people', 'hsm', 'ops', 'field'],
  terminals: ['people', 'hsm', 'ops', 'field'],
  training: ['owners', 'people', 'ops', 'field'],
  practice: ['training', 'simulators', 'handlers', 'profiles', 'merchants', 'ledger', 'hsm', 'codec', 'ops', 'field'],
  pos: ['simulators', 'profiles', 'codec', 'demo', 'ops', 'field'],
  registries: ['shops', 'people', 'ops', 'field'],
  papers: ['shops', 'people', 'hsm', 'ops', 'field'],
  shops: ['owners', 'messages', 'people', 'ops', 'field'],
  complaints: ['settlement', 'messages', 'ledger', 'people', 'ops', 'field'],
  public: [
    'pos',
    'enrolment',
    'practice',
    'training',
    'complaints',
    'settlement',
    'papers',
    'shops',
    'owners',
    'messages',
    'people',
    'ops',
    'field',
  ],
  signals: ['people', 'ops', 'field'],
  overview: ['ops', 'field'],
  updates: ['terminals', 'messages', 'people', 'ops', 'field'],
  timeline: ['complaints', 'settlement', 'capture', 'handlers', 'codec', 'ops', 'field'],
  settlement: ['codec', 'people', 'ledger', 'ops', 'field'],
  'spec-tools': ['codec', 'ops', 'field'],
  replay: ['capture', 'simulators', 'profiles', 'codec', 'hsm', 'demo', 'ops', 'field'],
  health: ['terminals', 'settlement', 'merchants', 'ledger', 'hsm', 'ops', 'field'],
  load: ['simulators', 'codec', 'hsm', 'demo', 'ops', 'field'],
  simulators: ['updates', 'profiles', 'codec', 'hsm', 'net', 'demo', 'ops', 'field'],
  certification: ['simulators', 'updates', 'profiles', 'people', 'net', 'codec', 'hsm', 'ops', 'field'],
  gateway: [
    'overview',
    'capture',
    'console',
    'complaints',
    'public',
    'pos',
    'practice',
    'handlers',
    'settlement',
    'enrolment',
    'terminals',
    'papers',
    'shops',
    'registries',
    'owners',
    'messages',
    'signals',
    'updates',
    'people',
    'merchants',
    'ledger',
    'net',
    'profiles',
    'hsm',
    'demo',
    'ops',
    'field',
  ],
  console: [
    'overview',
    'certification',
    'timeline',
    'complaints',
    'handlers',
    'settlement',
    'enrolment',
    'terminals',
    'papers',
    'shops',
    'signals',
    'updates',
    'registries',
    'owners',
    'messages',
    'people',
    'merchants',
    'ledger',
    'net',
    'hsm',
    'codec',
    'ops',
    'field',
  ],
};

/** From outside its top folder, a file is reached through an `index.ts`: that of the folder, or that of a room in it which can be
 *  taken alone (settlement/calendar, net/link), so that a command loads no more than it needs. The doors below are files instead,
 *  each because the index of its room would load far more than its user needs, or show what is nobody else's business. */
const doors = [
  'ops/[^/]+', // a tool each: who wants GatewayError loads neither pino nor pg
  'field/[^/]+', // a word each
  'codec/(bitmap|dialect)', // for capture/sanitise, which cuts up frames that do not decode; not for the package
  'console/operators', // `kalabarg reconcile token`, without the HTTP server
  'handlers/screen-text', // what a code says to people, for the console
  'handlers/ports', // shapes alone: what the gateway gives the handlers
  'handlers/bank/doubts', // `kalabarg bank advices`, without the links to the bank
  'settlement/open', // commands that only look at a day: without making and paying it
  'settlement/journal', // `kalabarg journal` and `kalabarg ledger`, without the queues
  'settlement/clearing/people', // `kalabarg terminals`, without clearing
  'settlement/(acquirer|answers|transfer)/gauges', // the gateway's metrics, which commands do not have
  'simulators/bank/http', // the control panel of `kalabarg bank`, without which replay does well
];

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    {
      name: 'no-cycles-of-pages',
      comment: 'A page that is loaded when somebody goes there may know the list of pages.',
      severity: 'error',
      from: { path: '^web/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } },
    },
    {
      name: 'through-the-index',
      comment: 'Name it in the index.ts of its folder or room, and import it from there (docs/architecture.md).',
      severity: 'error',
      from: { path: '^src/([^/]+)' },
      to: { path: '^src/', pathNot: ['^src/$1/', '/index\\.ts$', `^src/(${doors.join('|')})\\.ts$`] },
    },
    {
      name: 'pages-take-types',
      comment: 'A page loads of src/ what runs in a browser; everything else is `import type` (web/README.md).',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^src/', pathNot: '^src/(field|codec)/', dependencyTypesNot: ['type-only'] },
    },
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
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs'] },
  },
};
