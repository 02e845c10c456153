export { DEFAULT_REASON, reportOn } from './report.ts';
