import { Type } from 'typebox';

const count = (description: string, fallback: number, maximum = 200_000) =>
  Type.Integer({ minimum: 1, maximum, default: fallback, description });
const address = (description: string) => Type.String({ minLength: 1, default: '127.0.0.1', description });

/** Settings of what listens: where, and how much of it one peer may have. */
export const DOOR_SETTINGS = {
  httpHost: address("Address to listen on for operators' HTTP"),
  simulatorHost: address('Address that the bank switch simulator listens on'),
  listeners: Type.String({
    default: '',
    description: 'More ports for terminals: [host:]port[/framing…], separated by commas (docs/operations.md)',
  }),
  maxConnections: count('Most connections of terminals at once', 20_000),
  maxConnectionsPerAddress: count('Most sockets of one address', 10_000),
  maxConnectionsPerTerminal: count('Most connections of one certificate', 32),
  maxHandshakes: count('Most TLS handshakes under way', 1_000),
  maxHandshakesPerAddress: count('Most TLS handshakes under way of one address', 500),
  handshakesPerSecond: count('TLS handshakes begun in a second; more wait', 500),
  handshakeTimeoutMs: Type.Integer({
    minimum: 100,
    maximum: 120_000,
    default: 10_000,
    description: 'How long a TLS handshake may take',
  }),
  terminalRequestsPerSecond: count('Requests begun for one certificate in a second; more wait', 500),
  updatesPort: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: 8445,
    description: "Port of terminals' signed updates (HTTPS with their certificates); 0: none, 0800 alone brings them",
  }),
  updatesRequestsPerSecond: count('Requests of one certificate for updates in a second', 20),
  publicHost: address('Address to listen on for shops and households (the public door)'),
  publicPort: Type.Integer({
    minimum: 1,
    maximum: 65_535,
    default: 8090,
    description: 'Port of the public door: pages for shops and households',
  }),
  publicTls: Type.Boolean({
    default: false,
    description: 'The public door speaks HTTPS with the certificate in <data>/tls; false: HTTP, behind a proxy',
  }),
  trustedProxies: Type.String({
    default: '',
    description:
      'Addresses and networks of the proxies before the public door, by commas: their X-Forwarded-For is believed',
  }),
  publicRequestsPerSecond: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: 50,
    description: 'Requests of one address at the public door in a second; 0: no limit',
  }),
  practiceDatabaseUrl: Type.String({
    default: '',
    description:
      'PostgreSQL database that the drawn terminals of /learn practise on, as its owner: an empty one of its own; empty: nobody practises (npm start makes one)',
  }),
  supportPhones: Type.String({
    default: '',
    maxLength: 200,
    description: 'Numbers that shops call, by commas, for the guide for the counter; empty: a line to write them on',
  }),
};

export const DOOR_ENVIRONMENT: Readonly<Record<keyof typeof DOOR_SETTINGS, string>> = {
  httpHost: 'KALABARG_HTTP_HOST',
  simulatorHost: 'KALABARG_SIMULATOR_HOST',
  listeners: 'KALABARG_LISTENERS',
  maxConnections: 'KALABARG_MAX_CONNECTIONS',
  maxConnectionsPerAddress: 'KALABARG_MAX_CONNECTIONS_PER_ADDRESS',
  maxConnectionsPerTerminal: 'KALABARG_MAX_CONNECTIONS_PER_TERMINAL',
  maxHandshakes: 'KALABARG_MAX_HANDSHAKES',
  maxHandshakesPerAddress: 'KALABARG_MAX_HANDSHAKES_PER_ADDRESS',
  handshakesPerSecond: 'KALABARG_HANDSHAKES_PER_SECOND',
  handshakeTimeoutMs: 'KALABARG_HANDSHAKE_TIMEOUT_MS',
  terminalRequestsPerSecond: 'KALABARG_TERMINAL_REQUESTS_PER_SECOND',
  updatesPort: 'KALABARG_UPDATES_PORT',
  updatesRequestsPerSecond: 'KALABARG_UPDATES_REQUESTS_PER_SECOND',
  publicHost: 'KALABARG_PUBLIC_HOST',
  publicPort: 'KALABARG_PUBLIC_PORT',
  publicTls: 'KALABARG_PUBLIC_TLS',
  trustedProxies: 'KALABARG_TRUSTED_PROXIES',
  publicRequestsPerSecond: 'KALABARG_PUBLIC_REQUESTS_PER_SECOND',
  practiceDatabaseUrl: 'KALABARG_PRACTICE_DATABASE_URL',
  supportPhones: 'KALABARG_SUPPORT_PHONES',
};
