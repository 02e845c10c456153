// A dialect of your own, as a difference to one of ours. Run: node examples/own-dialect.mjs
import { compile, defineSpec, FrameDecoder, encodeFrame } from 'kalabarg-gateway/codec';

const codec = compile(
  defineSpec({
    name: 'our-switch',
    extends: 'iso87-ascii',
    fields: {
      // 60 carries two subfields; 61 is not used here at all.
      60: {
        name: 'Routing',
        format: 'ans...999',
        content: {
          kind: 'fields',
          fields: { zone: { name: 'Zone', format: 'n3' }, lane: { name: 'Lane', format: 'an4' } },
        },
      },
      61: null,
    },
  }),
);

const framing = { header: 'ascii4' };
const body = codec.encode({
  mti: '0800',
  fields: { 7: '1123101500', 11: '000001', 60: { zone: '021', lane: 'A001' }, 70: '301' },
});
const decoder = new FrameDecoder(framing);
const [frame] = decoder.push(encodeFrame(body, framing));
const message = codec.decode(frame.body);
console.log(`zone ${message.get('60.zone')}, lane ${message.get('60.lane')}`);
console.log(JSON.stringify(message)); // card data and keys masked; message.clearFields() has the clear values
