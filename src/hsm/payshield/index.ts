/** The frames of the payShield host interface, which the simulator speaks too. */
export { type Field, FieldReader, encodeMessage, type Message, MessageReader } from './frame.ts';
