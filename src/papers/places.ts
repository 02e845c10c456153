import type { Clock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';

export interface PlaceLimits {
  /** How many are received and examined at once, of all and of one person. Each is ten mebibytes of memory at most. */
  readonly atOnce: number;
  readonly ofOne: number;
  /** How long the slowest keeps its place when another needs it. */
  readonly patienceMs: number;
}

export const PLACES: PlaceLimits = { atOnce: 12, ofOne: 2, patienceMs: 10_000 };

/** The place of one upload. */
export interface Place {
  /** Rejects when it has to give way to another. */
  readonly displaced: Promise<never>;
  came(bytes: number): void;
  /** All of it is here: nobody displaces it any more. */
  arrived(): void;
  leave(): void;
}

/** Places of uploads. Where all are taken, whoever comes gets that of the slowest, so that lines which trickle, or that are dead and not
 *  closed yet, keep nobody out: not other people, and not the same person who sends it again. */
export interface Places {
  /** @param who is counted together
   *  @throws GatewayError `papers.busy` */
  enter(who: string): Place;
}

interface Upload {
  readonly who: string;
  readonly since: number;
  readonly giveWay: () => void;
  bytes: number;
  here: boolean;
}

export function openPlaces(clock: Pick<Clock, 'monotonic'>, { atOnce, ofOne, patienceMs }: PlaceLimits): Places {
  const taken = new Set<Upload>();
  const makeRoom = (among: readonly Upload[]): void => {
    const now = clock.monotonic();
    const pace = ({ bytes, since }: Upload): number => bytes / (now - since);
    const slow = among.filter(({ here, since }) => !here && now - since >= patienceMs);
    const [slowest] = slow.toSorted((a, b) => pace(a) - pace(b));
    if (slowest === undefined) throw busy('Too many papers are being sent: try again in a minute.');
    taken.delete(slowest);
    slowest.giveWay();
  };
  return {
    enter: (who) => {
      const own = [...taken].filter((upload) => upload.who === who);
      if (own.length >= ofOne) makeRoom(own);
      else if (taken.size >= atOnce) makeRoom([...taken]);
      let giveWay: () => void = () => undefined;
      const displaced = new Promise<never>((_, fail) => {
        giveWay = () => {
          fail(busy('The paper came slowly, and another needed its place: send it again.'));
        };
      });
      displaced.catch(() => undefined); // it may have come to its end by itself
      const upload: Upload = { who, since: clock.monotonic(), giveWay, bytes: 0, here: false };
      taken.add(upload);
      return {
        displaced,
        came: (bytes) => (upload.bytes += bytes),
        arrived: () => (upload.here = true),
        leave: () => taken.delete(upload),
      };
    },
  };
}

function busy(message: string): GatewayError {
  return new GatewayError('papers.busy', message);
}
