// The bank switch simulator as a library: it declines the first purchase, then is slow.
// Run: node examples/bank-with-faults.mjs
import { connect } from 'node:net';
import { once } from 'node:events';
import { compile, encodeFrame, FrameDecoder, loadSpec } from 'kalabarg-gateway/codec';
import { parseFault, startBankSimulator } from 'kalabarg-gateway/simulators';

const bank = await startBankSimulator({ port: 0, faults: [parseFault('decline=51@0200')], seed: 1 });
const codec = compile(loadSpec('bank-switch'));
const socket = connect(bank.port, '127.0.0.1');
await once(socket, 'connect');
const frames = new FrameDecoder({ header: 'binary2' });

async function ask(mti, fields) {
  socket.write(encodeFrame(codec.encode({ mti, fields }), { header: 'binary2' }));
  for (;;) {
    const [chunk] = await once(socket, 'data');
    const [frame] = frames.push(chunk);
    if (frame !== undefined) return codec.decode(frame.body);
  }
}

const signedOn = await ask('0800', { 7: '1123101500', 11: '000001', 70: '001' });
console.log(`sign-on: RC ${signedOn.get(39)}`);
const early = await ask('0200', { 3: '000000', 4: '000000001000', 7: '1123101501', 11: '000002', 41: '10000001' });
console.log(`a purchase before keys were exchanged: RC ${early.get(39)}`);
console.log(`household 7 has ${bank.account(7).balanceRials} rials`);
socket.destroy();
await bank.close();
