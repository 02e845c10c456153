// Plays a recorded conversation against a running gateway and prints what differs.
// Run: node examples/replay.mjs [capture]   (settings as for the gateway)
import { fileURLToPath } from 'node:url';
import { replayFile, reportText } from 'kalabarg-gateway/replay';

const example = fileURLToPath(new URL('../test/captures/purchase-split-voucher-and-card.jsonl', import.meta.url));
const result = await replayFile(process.argv[2] ?? example, {
  to: {
    host: '127.0.0.1',
    port: Number(process.env.KALABARG_TERMINAL_PORT ?? 8583),
    data: process.env.KALABARG_DATA ?? './data',
  },
  speed: { kind: 'max' },
  ignore: ['48.13'],
});
console.log(reportText(result));
process.exitCode = result.different === 0 ? 0 : 2;
