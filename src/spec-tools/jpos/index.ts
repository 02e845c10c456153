/** Dialects for jPOS. */
export { exportJpos } from './export.ts';
