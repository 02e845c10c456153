/** What server and device share of signed updates (terminals.md 3). A room of its own: a device loads nothing of the server. */
export { canonicalJson } from './canonical.ts';
export { ATTACKS, COMPONENTS, ERROR_ACTIONS, SLOTS, TARGET_PATH, TRIGGERS, type Component } from './names.ts';
export { deltaPath, readCustom, type TargetCustom } from './custom.ts';
export { MOST_DIRECTOR_BYTES, signDirector, verifyDirector, type Director, type DirectorItem } from './director.ts';
export {
  isReportOf,
  MOST_REPORT_BYTES,
  readReport,
  signReport,
  type Installed,
  type SignedReport,
  type VersionReport,
} from './report.ts';
export {
  announcementOf,
  encodeChunk,
  encodeChunkRequest,
  encodePiece,
  encodeReport,
  MOST_CHUNK_BYTES,
  readAnnouncement,
  readChunk,
  readChunkRequest,
  readWireReport,
  type Chunk,
} from './wire.ts';
export { readGoodsList, readMenu, TENDERS, type GoodsList, type Menu, type MenuEntry } from './content.ts';
export { applyDelta, makeDelta, MOST_DELTA_BYTES } from './delta.ts';
