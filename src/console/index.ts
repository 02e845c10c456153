/** The HTTP side: health, metrics, the operators' API. */
export { createHttp, type Books, type HttpOptions } from './http.ts';
export type { ApiOptions } from './api/index.ts';
export type { ReplayDoor } from './api/replay.ts';
