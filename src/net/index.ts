/** The terminals' side of the network. The links to the bank are in link/. */
export { openTerminalPorts } from './ports.ts';
export type { Admission } from './listener.ts';
export type { Peer, PeerCertificate, FrameHandler, FrameResult } from './session.ts';
export { identityOf } from './identity.ts';
