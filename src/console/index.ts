/** The HTTP side: health, metrics, the operators' API. */
export { createHttp, type HttpOptions } from './http.ts';
export type { ReplayDoor } from './api/replay.ts';
