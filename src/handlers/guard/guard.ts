import type { Counter } from 'prom-client';
import type { Log } from '../../ops/log.ts';
import { messageOf } from '../../ops/errors.ts';
import type { GuardedBy, GuardedEvent, GuardRule } from './rules.ts';
import { Windows } from './windows.ts';

/** Whose event it is. */
export interface Sender {
  readonly terminal: string;
  readonly merchant: string;
  /** The address at the other end, without its port. */
  readonly address: string;
}

/** Watches for what no honest shop sends so often: cards tried one after the other, PINs and MACs guessed, credit locked. */
export interface Guard {
  /** Counts one event.
   *  @returns the rule that it goes beyond: the request is refused (RC 65); undefined: go on */
  count(event: GuardedEvent, sender: Sender, now: number): GuardRule | undefined;
  /** Counts what another process counted, and does nothing about it. */
  hear(news: GuardNews): void;
}

/** An event, for the other processes that serve the same terminals. */
export interface GuardNews {
  /** Names of the rules under which it was counted. */
  readonly rules: readonly string[];
  readonly sender: Sender;
  readonly now: number;
}

export interface GuardOptions {
  readonly rules: readonly GuardRule[];
  /** Blocks a terminal on every copy; says whether it was not blocked before. */
  readonly block: (terminal: string, rule: string, evidence: string) => Promise<boolean>;
  readonly refusals: Counter<'rule'>;
  readonly blocks: Counter<'rule'>;
  readonly log: Log;
  /** Told of each event (default: nobody is). */
  readonly tell?: ((news: GuardNews) => void) | undefined;
}

/** Counts are this copy's own, of all its workers: a terminal that spreads over n copies has n times as much before it is refused,
 *  which the distance to what honest shops need allows for; a block holds on every copy.
 *  Source: docs/decisions/0033-limits-on-what-needs-no-pin.md */
export function openGuard({ rules, block, refusals, blocks, log, tell }: GuardOptions): Guard {
  const watched = rules.map((rule) => ({ rule, windows: new Windows(rule.inMs), told: new Set<string>() }));

  const blockTerminal = async (rule: GuardRule, sender: Sender): Promise<void> => {
    const evidence = `more than ${rule.most} of ${rule.event} by ${rule.by} ${keyOf(sender, rule.by)} in ${rule.inMs / 1_000} s`;
    try {
      if (!(await block(sender.terminal, rule.name, evidence))) return;
      blocks.inc({ rule: rule.name });
      log.error(
        { terminal: sender.terminal, merchant: sender.merchant, rule: rule.name, evidence },
        'terminal blocked',
      );
    } catch (error) {
      log.error(
        { terminal: sender.terminal, rule: rule.name, error: messageOf(error) },
        'a terminal cannot be blocked',
      );
    }
  };

  return {
    count(event, sender, now) {
      let refused: GuardRule | undefined;
      const counted: string[] = [];
      for (const { rule, windows, told } of watched) {
        if (rule.event !== event) continue;
        // One terminal's flood is its own: what was refused it is not held against the others of its shop or address.
        if (refused !== undefined && rule.by !== 'terminal') continue;
        const key = keyOf(sender, rule.by);
        const count = windows.add(key, now);
        counted.push(rule.name);
        if (count <= rule.most) {
          told.delete(key);
          continue;
        }
        refused = rule;
        refusals.inc({ rule: rule.name });
        if (rule.then === 'block') {
          // Once a burst and terminal: a block is a write, and what follows it is refused before it gets here.
          if (told.has(sender.terminal)) continue;
          if (told.size > 1_000) told.clear();
          told.add(sender.terminal);
          void blockTerminal(rule, sender);
        } else if (!told.has(key)) {
          if (told.size > 1_000) told.clear();
          told.add(key);
          log.warn(
            { rule: rule.name, [rule.by]: key, terminal: sender.terminal },
            'requests beyond a limit are refused',
          );
        }
      }
      if (counted.length > 0) tell?.({ rules: counted, sender, now });
      return refused;
    },
    hear({ rules: names, sender, now }) {
      for (const { rule, windows } of watched) if (names.includes(rule.name)) windows.add(keyOf(sender, rule.by), now);
    },
  };
}

function keyOf(sender: Sender, by: GuardedBy): string {
  return by === 'terminal' ? sender.terminal : by === 'shop' ? sender.merchant : sender.address;
}
