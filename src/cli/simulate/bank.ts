import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { GatewayError } from '../../ops/errors.ts';
import { parseFault, startBankSimulator, type BankOptions } from '../../simulators/bank/index.ts';
import { registerAdvices } from '../gateway/advices.ts';
import { registerSettlement } from './bank-settlement.ts';
import { createControl } from '../../simulators/bank/http.ts';

interface Options {
  readonly host: string;
  readonly port: string;
  readonly http?: string;
  readonly data?: string;
  readonly fault: readonly string[];
  readonly seed: string;
  readonly dial?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly dayLimit?: string;
  readonly purchaseLimit?: string;
}

/** The bank switch simulator as a process of its own. */
export function register(program: Command): void {
  // What follows a subcommand is its own: --data of `bank settlement` is not that of `bank`.
  const bank = program.enablePositionalOptions().command('bank').enablePositionalOptions();
  bank
    .description('bank switch simulator: the card switch and issuer of the demo programme')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on', '8600')
    .option('--http <port>', 'port of the control panel (faults, accounts, journal), on 127.0.0.1')
    .option('--data <folder>', 'folder of its journal (default: in memory only)')
    .option('--fault <rule>', 'fault[=ms or rc][:probability][@mti], repeatable', collect, [])
    .option('--seed <n>', "seed of the fault script's dice", '1')
    .option('--dial <host:port>', 'connect to a gateway that listens for its bank, instead of listening')
    .option('--tls-cert <file>', 'PEM certificate: speak TLS')
    .option('--tls-key <file>', 'PEM key')
    .option('--tls-ca <file>', 'PEM CA: demand a client certificate of it')
    .option('--purchase-limit <rials>', 'most rials of one purchase')
    .option('--day-limit <rials>', 'most rials of a card in a day')
    .action(run);
  registerAdvices(bank);
  registerSettlement(bank);
}

async function run(options: Options): Promise<void> {
  const bank = await startBankSimulator(bankOptions(options));
  const http = options.http === undefined ? undefined : createControl(bank);
  if (http !== undefined) await http.listen({ host: '127.0.0.1', port: port(options.http ?? '', '--http') });
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done);
    // Under `kalabarg start` it goes when its parent does, however that ends.
    process.once('disconnect', done);
  });
  process.send?.('ready');
  if (process.send === undefined) {
    const where =
      options.dial === undefined ? `listens on ${options.host}:${bank.port}` : `connects to ${options.dial}`;
    console.log(`bank switch simulator ${where}; Ctrl-C stops it`);
  }
  await stopped;
  await http?.close();
  await bank.close();
  if (process.connected) process.disconnect(); // an open channel would keep this process
}

function bankOptions(options: Options): BankOptions {
  const { tlsCert, tlsKey, tlsCa, purchaseLimit, dayLimit } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new GatewayError('bank.tls', '--tls-cert and --tls-key go together.');
  }
  return {
    host: options.host,
    port: port(options.port, '--port'),
    faults: options.fault.map(parseFault),
    seed: whole(options.seed, '--seed'),
    ...(options.data === undefined ? {} : { data: options.data }),
    ...(options.dial === undefined ? {} : { dial: place(options.dial) }),
    ...(tlsCert === undefined || tlsKey === undefined
      ? {}
      : {
          tls: {
            cert: readFileSync(tlsCert, 'utf8'),
            key: readFileSync(tlsKey, 'utf8'),
            ...(tlsCa === undefined ? {} : { ca: readFileSync(tlsCa, 'utf8') }),
          },
        }),
    limits: {
      ...(purchaseLimit === undefined ? {} : { perPurchaseRials: BigInt(whole(purchaseLimit, '--purchase-limit')) }),
      ...(dayLimit === undefined ? {} : { perDayRials: BigInt(whole(dayLimit, '--day-limit')) }),
    },
  };
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function whole(text: string, option: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new GatewayError('bank.option', `${option} ${text}: wants a whole number.`);
  return Number(text);
}

function port(text: string, option: string): number {
  const value = whole(text, option);
  if (value > 65_535) throw new GatewayError('bank.option', `${option} ${text}: a port is at most 65535.`);
  return value;
}

function place(text: string): { host: string; port: number } {
  const parts = /^([^\s:]+):(\d{1,5})$/.exec(text);
  if (parts?.[1] === undefined) throw new GatewayError('bank.option', `--dial ${text}: wants host:port.`);
  return { host: parts[1], port: port(parts[2] ?? '', '--dial') };
}
