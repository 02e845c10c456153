import type { CapturedFrame } from '../../capture/index.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';

/** What plays recordings for the console. The composition gives it: a gateway that serves real cards has none of its own. */
export interface ReplayDoor {
  /** `host:port` of the gateway that they are played against. */
  readonly to: string;
  /** Ends by itself within some seconds.
   *  @throws GatewayError `replay.…`: it cannot be played at all */
  play(file: string, frames: readonly CapturedFrame[]): Promise<ReplayOutcome>;
}

export interface ReplayOutcome {
  readonly played: readonly PlayedRequest[];
  /** Requests whose answer differs. */
  readonly different: number;
  readonly notes: readonly string[];
  readonly tookMs: number;
}

export interface PlayedRequest {
  readonly number: number;
  readonly title: string;
  readonly connection: string;
  readonly recordedMs: number | undefined;
  readonly tookMs: number | undefined;
  /** Secret values are masked. */
  readonly differences: readonly {
    readonly path: string;
    readonly name: string;
    readonly expected: string | undefined;
    readonly actual: string | undefined;
  }[];
}

/** One replay at a time in this copy. */
export function oneReplay(door: ReplayDoor | undefined): ReplayDoor {
  let busy = false;
  return {
    to: door?.to ?? '',
    play: async (file, frames) => {
      if (door === undefined)
        throw new GatewayError('captures.no-target', 'No test gateway is set: KALABARG_REPLAY_TO names one, or use kalabarg replay.');
      if (busy) throw new GatewayError('captures.replaying', 'Another replay is under way: try again in a moment.');
      busy = true;
      try {
        return await door.play(file, frames);
      } catch (error) {
        if (error instanceof GatewayError && error.code.startsWith('replay.'))
          throw new GatewayError('captures.replay', messageOf(error), { cause: error });
        throw error;
      } finally {
        busy = false;
      }
    },
  };
} // prettier-ignore
