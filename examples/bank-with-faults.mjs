// The bank switch simulator as a library: sign-on, keys, a purchase that it declines on purpose (61), and the same
// once more, which lacks a PIN (55).
// Run: node examples/bank-with-faults.mjs
import { connect } from 'node:net';
import { once } from 'node:events';
import { compile, encodeFrame, FrameDecoder, loadSpec } from 'kalabarg-gateway/codec';
import { retailMac, unwrapKeyBlock } from 'kalabarg-gateway/hsm';
import { parseFault, startBankSimulator } from 'kalabarg-gateway/simulators';

const faults = [{ ...parseFault('decline=61@0200'), times: 1 }];
const bank = await startBankSimulator({ port: 0, faults, seed: 1 });
const codec = compile(loadSpec('bank-switch'));
const socket = connect(bank.port, '127.0.0.1');
await once(socket, 'connect');
const frames = new FrameDecoder({ header: 'binary2' });

async function send(body) {
  socket.write(encodeFrame(body, { header: 'binary2' }));
  for (;;) {
    const [chunk] = await once(socket, 'data');
    const [frame] = frames.push(chunk);
    if (frame !== undefined) return codec.decode(frame.body);
  }
}
const ask = (mti, fields) => send(codec.encode({ mti, fields }));

const purchase = {
  3: '000000',
  4: '000000001000',
  7: '1123101501',
  35: '6037990000000071=29122010000000000',
  41: '10000001',
};
const signedOn = await ask('0800', { 7: '1123101500', 11: '000001', 70: '001' });
const early = await ask('0200', { ...purchase, 11: '000002' });
console.log(`sign-on: RC ${signedOn.get(39)}; a purchase before keys were exchanged: RC ${early.get(39)}`);

const keys = await ask('0800', { 7: '1123101502', 11: '000003', 70: '101' });
const zmk = Buffer.from('133457799BBCDFF1FEDCBA9876543210', 'hex'); // the demo programme's
const zak = unwrapKeyBlock(keys.get('48.31'), zmk).key;
for (const stan of ['000004', '000005']) {
  const body = codec.encode({ mti: '0200', fields: { ...purchase, 11: stan, 64: '0000000000000000' } });
  retailMac(zak, body.subarray(0, -8)).copy(body, body.length - 8);
  console.log(`purchase ${stan}: RC ${(await send(body)).get(39)}`);
}
console.log(`household 7 has ${bank.account(7).balanceRials} rials`);
socket.destroy();
await bank.close();
