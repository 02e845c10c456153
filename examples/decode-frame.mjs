// Reads a frame, changes one field, writes it again. Run: node examples/decode-frame.mjs
import { CodecError, compile, describe, loadSpec } from 'kalabarg-gateway/codec';

const codec = compile(loadSpec('kalabarg-pos'));
const frame = codec.encode({
  mti: '0200',
  fields: {
    3: '179800',
    4: '000002500000',
    7: '1123101500',
    11: '000001',
    35: '6037990000000071=29122010000000000',
    41: '10000001',
    42: '000000000000001',
    48: { '02': 'v1.2' },
    49: '364',
  },
});

const message = codec.decode(frame);
console.log(describe(message, { language: 'en' })); // the card is masked
console.log(`DE 4 is ${message.get(4)}, tag 02 of DE 48 is ${message.get('48.02')}`);

const changed = message.with({ 4: '000000900000' });
console.log(`after the change DE 4 is ${codec.decode(changed.encode()).get(4)}`);

try {
  codec.decode(frame.subarray(0, frame.length - 2));
} catch (error) {
  if (!(error instanceof CodecError)) throw error;
  console.log(`a frame cut short: ${error.path} at byte ${error.offset}: ${error.reason}`);
}
