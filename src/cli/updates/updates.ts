import type { Command } from 'commander';
import { collect, withJson, whole } from '../options.ts';
import { bundle, publish, rekeyRole, sign } from './bundles.ts';
import { freeze, freezes, unfreeze } from './freezes.ts';
import { init, makeKey, online } from './keys.ts';
import { endOne, halt, proposeOne, releaseOne, show } from './rollouts.ts';
import { approve, stage, withdraw } from './releases.ts';
import { replacements, status } from './status.ts';

export function register(program: Command): void {
  const updates = program
    .command('updates')
    .description('signed updates of terminals: keys, releases, rollouts (docs/updates.md)');
  ceremony(updates);
  releases(updates);
  rollouts(updates);
  stops(updates);
  withJson(updates.command('status'))
    .description('metadata and its ends, releases, and rollouts with what they wait for')
    .action(status);
  withJson(updates.command('replacements'))
    .description('devices that cannot be updated, with shop, model and reason')
    .action(replacements);
}

function ceremony(updates: Command): void {
  withJson(updates.command('key'))
    .description('make an offline key under a passphrase, on a machine without the database')
    .requiredOption(
      '--role <role>',
      'root, targets, menu, goods, params, firmware-<psp>-<model>: for people to tell keys apart',
    )
    .requiredOption('--out <file>', 'the key; whoever has it and the passphrase signs')
    .requiredOption('--public <file>', 'its public half, which may be sent')
    .option('--passphrase-file <file>', 'its first line (default: asked for)')
    .action(makeKey);
  withJson(updates.command('online'))
    .description("make the gateway's own keys, once; every copy needs the file")
    .requiredOption('--public <file>', 'their public halves, for kalabarg updates init')
    .action(online);
  withJson(updates.command('init'))
    .description('the first metadata, of public halves of keys; each holder signs it, then it is published')
    .requiredOption('--root <file>', 'a root key, at least 2: two of them sign', collect, [])
    .requiredOption('--targets <file>', 'the key that delegates')
    .requiredOption('--line <file>', 'a key of menu, goods, params or firmware', collect, [])
    .requiredOption('--online <file>', 'of kalabarg updates online')
    .requiredOption('--out <file>', 'the bundle')
    .action(init);
  withJson(updates.command('sign'))
    .description('sign a bundle with an offline key, on a machine without the database; says what would change')
    .requiredOption('--bundle <file>', 'what came from the gateway')
    .requiredOption('--key <file>', 'of kalabarg updates key')
    .requiredOption('--out <file>', 'the bundle with the signature')
    .option('--passphrase-file <file>', 'its first line (default: asked for)')
    .option('--yes', 'sign without being asked')
    .action(sign);
  withJson(updates.command('rekey'))
    .description('another key for a role: lost, stolen, or in turn; also the first key of a new PSP and model')
    .option(
      '--role <role>',
      'root, targets, snapshot, timestamp, director, menu, goods, params, firmware-<psp>-<model>',
    )
    .option('--online <file>', 'all three online keys at once: of kalabarg updates online')
    .option('--remove <keyid>', 'speaks for it no more', collect, [])
    .option('--add <file>', 'public half of a key that does', collect, [])
    .requiredOption('--out <file>', 'the bundle')
    .action(rekeyRole);
}

function releases(updates: Command): void {
  withJson(updates.command('stage'))
    .description('stage a release: a menu and a list of goods are made here, or a file is given')
    .requiredOption('--component <component>', 'menu, goods, params or firmware')
    .option('--profile <profile>', 'of the terminals that it is for', '*')
    .option('--psp <psp>', 'of firmware')
    .option('--model <model>', 'of firmware')
    .option('--hardware <model>', 'models that it is for (default: all, or that of --model)', collect, [])
    .option('--software <version>', 'of firmware: its software, exactly as the device tells it and was certified with')
    .option('--file <file>', 'its content')
    .option(
      '--min-from <counter>',
      'a device below this cannot take it at once',
      whole('--min-from', 0, 2_000_000_000),
      0,
    )
    .option('--from <instant>', 'no device installs it before (ISO 8601)')
    .option('--until <instant>', 'none installs it after')
    .requiredOption('--fa <text>', 'what is new, Persian')
    .requiredOption('--en <text>', 'the same in English')
    .action(stage);
  withJson(updates.command('approve'))
    .description('approve a staged release, as a second person')
    .argument('<release>')
    .action(approve);
  withJson(updates.command('withdraw'))
    .description('take a release back: no device is told to take it any more')
    .argument('<release>')
    .action(withdraw);
  withJson(updates.command('bundle'))
    .description('what waits to be signed, as a file for the machine with the keys')
    .requiredOption('--out <file>', 'the bundle')
    .option('--renew', 'everything again, with a new end: before the 90 days are over')
    .option('--renew-root', 'the root again, with a new end: before its year is over')
    .action(bundle);
  withJson(updates.command('publish'))
    .description('put a signed bundle in force; devices hear of it with their next message')
    .requiredOption('--bundle <file>', 'signed')
    .action(publish);
}

function rollouts(updates: Command): void {
  const rollout = updates.command('rollout').description('how a published release reaches devices');
  withJson(rollout.command('propose'))
    .description('propose a rollout, or go on with one that was halted')
    .argument('<release>')
    .option('--own <terminal>', 'a test terminal of one’s own: the first step', collect, [])
    .option('--plan <file>', 'JSON with everything else (docs/updates.md)')
    .action(proposeOne);
  withJson(rollout.command('release'))
    .description('let a proposed rollout begin, as a second person')
    .argument('<rollout>')
    .action(releaseOne);
  withJson(rollout.command('show'))
    .description('a rollout: its step, its devices, what it waits for, what happened')
    .argument('<rollout>')
    .action(show);
  withJson(rollout.command('end'))
    .description('end a rollout: who has the release keeps it, no other gets it')
    .argument('<rollout>')
    .action(endOne);
}

function stops(updates: Command): void {
  withJson(updates.command('halt'))
    .description('stop a rollout at once; one person is enough')
    .argument('<rollout>')
    .requiredOption('--reason <text>', 'why')
    .action(halt);
  withJson(updates.command('freeze'))
    .description('let no device install anything and no rollout take a step for a while; one person is enough')
    .option('--from <instant>', 'from when (ISO 8601; default: now)')
    .requiredOption('--until <instant>', 'until when, at most 400 days from now')
    .requiredOption('--reason <text>', 'why')
    .action(freeze);
  withJson(updates.command('unfreeze'))
    .description('end a freeze that people made before its time')
    .argument('<freeze>')
    .action(unfreeze);
  withJson(updates.command('freezes')).description('freezes that people made, the newest first').action(freezes);
}
