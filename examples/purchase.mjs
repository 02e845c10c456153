// A terminal of your own code against a running gateway (npm start in another window).
// Run: node examples/purchase.mjs   (KALABARG_DATA and KALABARG_TERMINAL_PORT as for the gateway)
import { join } from 'node:path';
import { compile, loadSpec } from 'kalabarg-gateway/codec';
import { readAmounts, receipt, SimulatedTerminal } from 'kalabarg-gateway/simulators';

const data = process.env.KALABARG_DATA ?? './data';
const port = Number(process.env.KALABARG_TERMINAL_PORT ?? 8583);
const tls = (end) => join(data, 'tls', 'terminals', `10000006.${end}`);

const terminal = await SimulatedTerminal.connect({
  terminal: '10000006',
  merchant: '000000000000001',
  algorithm: 'TDES',
  tmk: Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex'),
  endpoint: { host: '127.0.0.1', port, tls: { ca: join(data, 'tls', 'ca.crt'), cert: tls('crt'), key: tls('key') } },
  codec: compile(loadSpec('kalabarg-pos')),
  timeoutMs: 20_000,
  firstStan: Math.floor((Date.now() / 50) % 999_000) + 1,
});
await terminal.signOn();

const card = { pan: '6037990000000071', track2: '6037990000000071=29122010000000000', pin: '1234' };
const bought = await terminal.financial('179800', 2_500_000n, card);
console.log(receipt(bought));
console.log(`from the voucher: ${readAmounts(bought.message.get(54)).get('9841')} rials; MAC good: ${bought.macGood}`);

const reversed = await terminal.reverse(bought.request, '17');
console.log(`reversed: RC ${reversed.rc}`);
terminal.close();
