import {
  Codecs,
  inOrder,
  pairExchanges,
  readCapture,
  type Capture,
  type Exchange,
  type ReadOptions,
} from '../capture/index.ts';
import { systemClock, transmissionDateTime } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import { systemRandom } from '../ops/random.ts';
import { ALWAYS_IGNORED } from './compare.ts';
import type { Target } from './connection.ts';
import { Devices } from './devices.ts';
import { beyondUpdate, goldenAnswers, updatedCapture } from './golden.ts';
import type { Anatomy } from '../profiles/index.ts';
import { Identities, recordedOf } from './identity.ts';
import { ownNetworkFields, Player } from './player.ts';
import type { Played, ReplayResult, Speed } from './result.ts';
import { Rewriter, REWRITES, type Rewrite } from './rewrite.ts';
import { Tongues } from './tongues.ts';

export interface ReplayOptions {
  readonly to: Target;
  /** Default: as fast as the order of the capture allows. */
  readonly speed?: Speed;
  /** What is made anew in each request (default: everything). */
  readonly rewrite?: readonly Rewrite[];
  /** Elements and tags that may differ, beyond those that always do (`ALWAYS_IGNORED`): `37`, `48.13`. */
  readonly ignore?: readonly string[];
  /** A capture whose answers are the ones that are due. */
  readonly golden?: Capture;
  /** How long an answer may take (default 60 s). */
  readonly timeoutMs?: number;
  /** How long the whole run may take: requests that are not sent by then are left out, and a note says how many (default: as long as it
   *  takes). */
  readonly withinMs?: number;
  readonly reading?: ReadOptions;
  /** A folder of profiles beside those of the gateway (`KALABARG_PROFILES`). */
  readonly profiles?: string;
  /** The profile to read the capture by, where several have its dialect (default: the one of the same name). */
  readonly profile?: string;
  /** The STAN of the first request of each terminal (default: any). */
  readonly firstStan?: number;
}

export interface PlayedCapture extends ReplayResult {
  /** The capture with the answers of this run. */
  readonly updated: Capture;
  /** Differences that `updated` cannot hold: no answer came, or one with a wrong MAC. */
  readonly beyondUpdate: readonly Played[];
}

const PATIENCE_MS = 60_000;

/** Plays the terminals of a capture against a gateway, and compares its answers with the recorded ones.
 *  @throws GatewayError `capture.file`, `replay.empty`, `replay.connect`, `replay.certificate`, `replay.keys`,
 *  `replay.profile` */
export async function replayCapture(file: string, capture: Capture, options: ReplayOptions): Promise<PlayedCapture> {
  const startedAt = systemClock.monotonic();
  const notes = [...capture.notes];
  const codecs = new Codecs();
  const frames = inOrder(capture.frames);
  const paired = pairExchanges(frames, codecs);
  const requests = paired.exchanges.filter(({ request }) => request.from === 'terminal');
  const terminalOf = terminalsByConnection(requests);
  if (requests.length === 0)
    throw new GatewayError('replay.empty', `${file} holds no request of a terminal: there is nothing to play.`);
  const exchanges = requests.filter((exchange) => options.to.data === undefined || terminalOf(exchange) !== '');
  if (exchanges.length < requests.length)
    notes.push(`${requests.length - exchanges.length} requests name no terminal whose certificate to show: left out`);
  const unanswered = exchanges.filter(({ answer }) => answer === undefined).length;
  if (unanswered > 0) notes.push(`${unanswered} requests have no answer in the capture: what comes is not compared`);
  // Another replay within this second must not say the same STANs.
  const firstStan = options.firstStan ?? systemRandom.between(1, 989_999);
  const tongues = new Tongues(codecs, options.profiles ?? '', options.profile, (text) => notes.push(text));
  const anatomyOf = (dialect: string): Anatomy => tongues.of(dialect).anatomy;
  const recorded = exchanges.flatMap(({ request: { dialect }, message, terminal }) =>
    message === undefined ? [] : [{ terminal, recorded: recordedOf(anatomyOf(dialect).request(message)) }],
  );
  const identities = new Identities(recorded, firstStan, () => systemClock.now());
  const rewriter = new Rewriter(new Set(options.rewrite ?? REWRITES), identities);
  const devices = new Devices(options.to, tongues, (text) => notes.push(text));
  const player = new Player(devices, tongues, rewriter, {
    speed: options.speed ?? { kind: 'max' },
    ignored: new Set([...ALWAYS_IGNORED, ...(options.ignore ?? [])]),
    timeoutMs: options.timeoutMs ?? PATIENCE_MS,
    until: options.withinMs === undefined ? Number.POSITIVE_INFINITY : startedAt + options.withinMs,
    networkFields: ownNetworkFields(firstStan + 500_000, transmissionDateTime),
    golden: options.golden === undefined ? () => undefined : goldenAnswers(options.golden, codecs),
  });
  try {
    const played = await player.play(exchanges, terminalOf);
    if (played.length < exchanges.length)
      notes.push(`${exchanges.length - played.length} requests were not played: the time was over`);
    const different = played.filter(({ differences }) => differences.length > 0).length;
    const updated = updatedCapture({ frames, notes: [] }, exchanges, played, anatomyOf);
    const result = { file, played, different, notes, tookMs: systemClock.monotonic() - startedAt };
    return { ...result, updated, beyondUpdate: beyondUpdate(played) };
  } finally {
    await devices.close();
  }
}

/** Reads a capture and plays it. */
export function replayFile(file: string, options: ReplayOptions): Promise<PlayedCapture> {
  return replayCapture(file, readCapture(file, options.reading), options);
}

/** Whose certificate a connection shows: the gateway's recordings begin the name with it; else the terminal that speaks
 *  most on it. */
function terminalsByConnection(exchanges: readonly Exchange[]): (exchange: Exchange) => string {
  const counts = new Map<string, Map<string, number>>();
  for (const { request, terminal } of exchanges) {
    if (terminal === '') continue;
    const count = counts.get(request.connection) ?? new Map<string, number>();
    count.set(terminal, (count.get(terminal) ?? 0) + 1);
    counts.set(request.connection, count);
  }
  return ({ request, terminal }) => {
    const named = /^([!-~]{8})#\d+$/.exec(request.connection)?.[1];
    const most = [...(counts.get(request.connection) ?? [])].sort((a, b) => b[1] - a[1])[0]?.[0];
    return named ?? most ?? terminal;
  };
}
