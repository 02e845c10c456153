export { DEFAULT_REASON, reportOn, type PaymentReport } from './report.ts';
