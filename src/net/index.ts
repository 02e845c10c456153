/** The terminals' side of the network. The links to the bank are in link/. */
export { openTerminalPorts } from './ports.ts';
export type { Peer, FrameHandler, FrameResult } from './session.ts';
export type { Neighbours, NeighboursListener } from './book.ts';
export { identityOf } from './identity.ts';
