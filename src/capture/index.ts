/** Captures: what went over the wires, read from files, sanitised, shown. */
export { isJsonl, readBytes, readCapture, DEFAULT_SERVICES, type ReadOptions } from './read.ts';
export type { Service } from './pcap/read.ts';
export { emptyCapture, inOrder, type Capture, type CapturedFrame, type Speaker } from './frame.ts';
export { formatTime, jsonLine, parseJsonl } from './jsonl.ts';
export { Codecs } from './codecs.ts';
export { pairExchanges, type Exchange, type Paired } from './exchanges.ts';
export { intentOf, sanitiseCapture, Sanitiser } from './sanitise/sanitise.ts';
export { demoHousehold, PanMap } from './sanitise/pans.ts';
export { dukptKeys, serialOf, TEST_BDKS } from './sanitise/dukpt.ts';
export { WRONG_PIN, type Intent } from './sanitise/message.ts';
export type { TestKeys } from './sanitise/test-keys.ts';
export { openRecorder, type Recorder, type RecorderOptions } from './record/recorder.ts';
export {
  beginRecording,
  capturesFolder,
  listRecordings,
  readOrder,
  removeOrder,
  writeOrder,
  type Recording,
  type RecordingOrder,
} from './record/control.ts';
export { framesFrom, type FramePage } from './record/page.ts';
export { sequenceDiagram } from './sequence.ts';
