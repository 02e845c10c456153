import { compile, loadSpec, type Codec } from '../../../codec/index.ts';
import type { Language } from '../../../field/language.ts';
import { systemClock } from '../../../ops/clock.ts';
import { loadConfig } from '../../../ops/config.ts';
import { FULL_MENU, runPanel, type PanelOptions, type Screen } from '../../../simulators/terminal/index.ts';
import { cardOf, demandCard, demoCard, householdCard, type CardOptions } from './cards.ts';
import { identityOf, type Identity, type IdentityOptions } from './identity.ts';
import { cardFileOf, lastFile, lastPurchase, track2Of } from './last.ts';
import type { LanguageOption } from './options.ts';
import { consoleScreen } from './screen.ts';
import { heardBy, openUpdating, outcomesText, type UpdatingDevice } from './updating.ts';

/** How often a device that nobody uses looks for updates. */
const LOOK_MS = 60_000;

/** Be the device. With a folder it is one that updates itself: its menu and its goods are what its slot has. */
export async function panel(options: IdentityOptions & LanguageOption & Pick<CardOptions, 'card'>): Promise<void> {
  const config = loadConfig();
  const codec = compile(loadSpec('kalabarg-pos'));
  let opened: ReturnType<typeof consoleScreen> | undefined;
  const screen = (): ReturnType<typeof consoleScreen> => (opened ??= consoleScreen());
  const { language } = options;
  const secret = async (question: string): Promise<string> => (await screen().secret(question)) ?? '';
  try {
    const identity = await identityOf(options, config, secret);
    const card = { ...cardFileOf(identity), ...options };
    demandCard(card);
    const last = lastPurchase(lastFile(identity, options, config), codec, async (masked) =>
      track2Of(masked, await cardOf(card, identity.demo, false, { language, secret })),
    );
    const { terminal, tell } = await heardBy(identity, codec);
    let updating: UpdatingDevice | undefined;
    try {
      if (options.device !== undefined) {
        updating = await updatingOf(options.device, identity, terminal, codec, card);
        tell((answer) => updating?.device.heard(answer));
      } else tell(() => undefined);
      await runPanel(terminal, screen(), {
        language,
        last,
        menu: () => updating?.menu() ?? FULL_MENU,
        slip: () => ({ language, shop: identity.shop, goods: updating?.goods() }),
        card: (keys, withPin) => {
          const reader = { language, secret: keys.secret };
          return identity.demo && card.card === undefined
            ? householdCard(keys.ask, withPin, reader)
            : cardOf(card, identity.demo, withPin, reader);
        },
        ...(updating === undefined ? {} : ofDevice(updating, screen(), language)),
      });
    } finally {
      updating?.close();
      terminal.close();
    }
  } finally {
    opened?.close();
  }
}

type Terminal = Parameters<typeof openUpdating>[2];

/** The card of the inquiry that a new slot makes: the device's own, or in the demo a household's. */
export async function updatingOf(
  folder: string,
  identity: Identity,
  terminal: Terminal,
  codec: Codec,
  card: CardOptions,
): Promise<UpdatingDevice> {
  const nobody = { language: 'en', secret: () => Promise.resolve('') } as const;
  const known = card.card !== undefined || identity.demo;
  const own = card.card === undefined ? demoCard(7) : await cardOf(card, identity.demo, false, nobody);
  return openUpdating(folder, identity, terminal, codec, known ? own : undefined);
}

/** Between two customers: reversals that wait go first, then updates, one thing at a time. */
function ofDevice(
  updating: UpdatingDevice,
  screen: Screen,
  language: Language,
): Pick<PanelOptions, 'queue' | 'update' | 'idle'> {
  const { device } = updating;
  let later: ReturnType<typeof systemClock.after> | undefined;
  const look = async (why: 'host' | 'date'): Promise<void> => {
    const outcomes = (await device.check(why)).filter(
      ({ what }) => !['had', 'none', 'waits', 'unreachable'].includes(what),
    );
    if (outcomes.length > 0) screen.print(`\n${outcomesText(outcomes, language)}`);
  };
  const again = (): void => {
    later = systemClock.after(LOOK_MS, () => {
      void look(device.due ? 'host' : 'date').then(again, again);
    });
  };
  return {
    queue: updating.keep,
    update: async () => {
      await device.serve(false);
      return outcomesText(await device.check('manual'), language);
    },
    idle: async (idle) => {
      systemClock.cancel(later);
      if (idle) await updating.sendWaiting();
      await device.serve(!idle);
      if (!idle) return;
      if (device.due) await look('host');
      again();
    },
  };
}
