// Reads pages of the public door at a fixed rate, each due by the clock: reader.mjs PORT RATE. Told 'stop', it says what it saw, and ends.
import { Agent, get } from 'node:http';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval, setTimeout } from 'node:timers';

const [port, rate] = process.argv.slice(2).map(Number);
const PAGES = [
  '/',
  '/goods',
  '/shops',
  '/goods?q=%D8%B1%D9%88%D8%BA%D9%86',
  '/shops?post=11',
  '/sign-in',
  '/goods?after=0000000000005',
  '/shops?guild=butcher',
];
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const latencies = [];
let [sent, failed, stopping] = [0, 0, false];
const start = performance.now();

function read(due) {
  const path = PAGES[sent++ % PAGES.length];
  get({ host: '127.0.0.1', port, path, agent }, (answer) => {
    answer.resume().once('end', () => {
      if (answer.statusCode === 200) latencies.push(performance.now() - due);
      else failed++;
    });
  }).once('error', () => failed++);
}

const timer = setInterval(() => {
  while (!stopping && start + (sent * 1_000) / rate <= performance.now()) read(start + (sent * 1_000) / rate);
}, 1);
process.on('message', () => {
  stopping = true;
  clearInterval(timer);
  const seconds = (performance.now() - start) / 1_000;
  setTimeout(() => process.send({ rate: latencies.length / seconds, failed, latencies }, () => process.exit(0)), 500);
});
