import type { Command } from 'commander';
import { placeText } from '../../field/place.ts';
import { compile, loadSpec } from '../../codec/index.ts';
import { loadConfig } from '../../ops/config.ts';
import { startRelay } from '../../replay/index.ts';
import { port } from '../options.ts';

/** `capture relay`: a place in a laboratory where tcpdump sees messages rather than TLS. */
export function registerRelay(capture: Command): void {
  capture
    .command('relay')
    .description('for laboratories: plain TCP on loopback, passed on to the gateway over TLS as the terminal of DE 41')
    .option('--listen <port>', 'port on 127.0.0.1', port('--listen', 0), 8584)
    .option('--spec <dialect>', 'dialect of the terminals, or a file of one', 'kalabarg-pos')
    .action(relay);
}

async function relay({ listen, spec }: { readonly listen: number; readonly spec: string }): Promise<void> {
  const { host, terminalPort, data, tpdu } = loadConfig();
  const running = await startRelay({
    port: listen,
    target: { host, port: terminalPort, data, tpdu },
    codec: compile(loadSpec(spec)),
    onRefused: (reason) => {
      console.error(`a connection was not passed on: ${reason}`);
    },
  });
  console.log(`127.0.0.1:${running.port} → ${placeText({ host, port: terminalPort })}; Ctrl-C ends it`);
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done);
  });
  await running.close();
}
