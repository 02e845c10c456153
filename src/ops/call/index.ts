export { exchange, openCall, type Call, type CallAnswer } from './call.ts';
export { at, CALL, POINTER, type CallDescription } from './description.ts';
export { fill, placesIn } from './fill.ts';
