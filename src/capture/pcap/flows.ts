import type { Segment } from './ip.ts';
import { TcpStream } from './stream.ts';

/** One TCP connection: the client is who sent the first SYN; without one, who used the higher port. */
export interface Flow {
  readonly client: string;
  readonly clientPort: number;
  readonly server: string;
  readonly serverPort: number;
  readonly toServer: TcpStream;
  readonly toClient: TcpStream;
}

/** More connections at once than one gateway serves. */
const MAX_FLOWS = 1_000_000;
/** Segments with data that are held: what a capture of the greatest size has, unless its packets are absurdly small. */
const MAX_SEGMENTS = 5_000_000;

interface Open {
  readonly flow: Flow;
  /** Initial sequence number of the client's SYN, to tell a retransmitted SYN from a new connection. */
  readonly syn: number | undefined;
  /** Both sides said they are done, or one reset. */
  ended: boolean;
}

/** Sorts segments into connections. A pair of ports that is used again is another connection. */
export class Flows {
  readonly #open = new Map<string, Open>();
  readonly #all: Flow[] = [];
  #segments = 0;

  /** @returns false when there are too many connections or segments to take this one */
  add(segment: Segment, at: number): boolean {
    const key = keyOf(segment);
    let open = this.#open.get(key);
    const opening = segment.syn && !segment.ack;
    if (open === undefined || (opening && open.syn !== segment.sequence && (open.syn !== undefined || open.ended))) {
      if (this.#all.length >= MAX_FLOWS) return false;
      open = { flow: flowOf(segment), syn: opening ? segment.sequence : undefined, ended: false };
      this.#open.set(key, open);
      this.#all.push(open.flow);
    }
    if (segment.payload.length > 0 && ++this.#segments > MAX_SEGMENTS) return false;
    const { flow } = open;
    const fromClient = segment.source === flow.client && segment.sourcePort === flow.clientPort;
    const stream = fromClient ? flow.toServer : flow.toClient;
    if (segment.syn) stream.open(segment.sequence);
    stream.add(segment.syn ? (segment.sequence + 1) % 2 ** 32 : segment.sequence, at, segment.payload);
    if (segment.rst || segment.fin) open.ended = true;
    return true;
  }

  /** In the order in which they were first seen. */
  all(): readonly Flow[] {
    return this.#all;
  }
}

function keyOf(segment: Segment): string {
  const [a, b] = [`${segment.source}:${segment.sourcePort}`, `${segment.destination}:${segment.destinationPort}`];
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

function flowOf(segment: Segment): Flow {
  const answer = segment.syn && segment.ack;
  const fromServer = answer || (!segment.syn && segment.sourcePort < segment.destinationPort);
  const streams = { toServer: new TcpStream(), toClient: new TcpStream() };
  const { source, sourcePort, destination, destinationPort } = segment;
  return fromServer
    ? { client: destination, clientPort: destinationPort, server: source, serverPort: sourcePort, ...streams }
    : { client: source, clientPort: sourcePort, server: destination, serverPort: destinationPort, ...streams };
}
