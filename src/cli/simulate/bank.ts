import type { Command } from 'commander';
import { placeText, type Place } from '../../field/place.ts';
import { createControl } from '../../simulators/bank/http.ts';
import { parseFault, startBankSimulator, type BankOptions } from '../../simulators/bank/index.ts';
import { collect, place, port, rials, whole } from '../options.ts';
import { registerAnswers } from './bank-answers.ts';
import { registerSettlement } from './bank-settlement.ts';
import { tlsOf, type TlsOptions } from './tls.ts';

interface Options extends TlsOptions {
  readonly host: string;
  readonly port: number;
  readonly http?: number;
  readonly data?: string;
  readonly fault: readonly string[];
  readonly seed: number;
  readonly dial?: Place;
  readonly dayLimit?: bigint;
  readonly purchaseLimit?: bigint;
}

/** The bank switch simulator as a process of its own. */
export function registerBank(simulate: Command): void {
  const bank = simulate.command('bank').enablePositionalOptions();
  bank
    .description('run the bank switch simulator: the card switch and issuer of the demo programme')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on', port('--port', 0), 8600)
    .option('--http <port>', 'port of the control panel (faults, accounts, journal), on 127.0.0.1', port('--http', 0))
    .option('--data <folder>', 'folder of its journal (default: in memory only)')
    .option('--fault <rule>', 'fault[=ms or rc][:probability][@mti], repeatable', collect, [])
    .option('--seed <n>', "seed of the fault script's dice", whole('--seed', 0, Number.MAX_SAFE_INTEGER), 1)
    .option(
      '--dial <host:port>',
      'connect to a gateway that listens for its bank, instead of listening',
      place('--dial'),
    )
    .option('--tls-cert <file>', 'PEM certificate: speak TLS')
    .option('--tls-key <file>', 'PEM key')
    .option('--tls-ca <file>', 'PEM CA: demand a client certificate of it')
    .option('--purchase-limit <rials>', 'most rials of one purchase', rials('--purchase-limit'))
    .option('--day-limit <rials>', 'most rials of a card in a day', rials('--day-limit'))
    .action(run);
  registerAnswers(bank);
  registerSettlement(bank);
}

async function run(options: Options): Promise<void> {
  const bank = await startBankSimulator(bankOptions(options));
  const http = options.http === undefined ? undefined : createControl(bank);
  await http?.listen({ host: '127.0.0.1', port: options.http ?? 0 });
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done);
    // Under `kalabarg start` it goes when its parent does, however that ends.
    process.once('disconnect', done);
  });
  process.send?.('ready');
  if (process.send === undefined) {
    const { host, dial } = options;
    const where =
      dial === undefined ? `listens on ${placeText({ host, port: bank.port })}` : `connects to ${placeText(dial)}`;
    console.log(`bank switch simulator ${where}; Ctrl-C stops it`);
  }
  await stopped;
  await http?.close();
  await bank.close();
  if (process.connected) process.disconnect(); // an open channel would keep this process
}

function bankOptions(options: Options): BankOptions {
  const { host, port, seed, fault, data, dial, purchaseLimit, dayLimit } = options;
  const tls = tlsOf(options);
  return {
    host,
    port,
    seed,
    faults: fault.map(parseFault),
    ...(data === undefined ? {} : { data }),
    ...(dial === undefined ? {} : { dial }),
    ...(tls === undefined ? {} : { tls }),
    limits: {
      ...(purchaseLimit === undefined ? {} : { perPurchaseRials: purchaseLimit }),
      ...(dayLimit === undefined ? {} : { perDayRials: dayLimit }),
    },
  };
}
