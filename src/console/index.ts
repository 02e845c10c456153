/** The HTTP side: health, metrics, the break desk. */
export { createHttp, type HttpOptions } from './http.ts';
