/** Whether backups can be restored, and what is in them then (docs/production.md, Backups). */
export { checkBackup, type BackupVerdict } from './check.ts';
export { lastCheck, noteCheck, registerBackupGauge } from './last.ts';
