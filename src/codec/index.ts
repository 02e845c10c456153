/** The codec: every ISO 8583 dialect that a JSON file can describe. Imports nothing of the gateway. */
export { CodecError, type CodecErrorCode } from './error.ts';
export { defineSpec, loadSpec } from './spec/load.ts';
export { presenceFault, type PresenceFault } from './presence.ts';
export { unknownTags } from './unknown.ts';
export type { ContentPlan, ElementPlan, Secret, Spec } from './plan.ts';
export { compile, type Codec } from './compile.ts';
export { interpret, type Reader } from './interpret.ts';
export type { OddElement } from './walk.ts';
export type { MessageInput } from './build.ts';
export type { Entry, FieldInput, OrderedInput } from './content/types.ts';
export { Message, type Changes, type MessageFields } from './message.ts';
export { describe, type DescribeOptions } from './describe/describe.ts';
export { elementsOf, titleOf, type ShownElement } from './describe/elements.ts';
export { encodeFrame, FrameDecoder, swapTpdu, type Frame, type FrameOptions } from './frame.ts';
