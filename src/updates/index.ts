/** Signed updates of terminals (terminals.md 3): the publisher, the server, rollouts. What a device needs is in format/. */
export * from './minimums/index.ts';
export * from './repository/index.ts';
export * from './rollouts/index.ts';
export * from './server/index.ts';
