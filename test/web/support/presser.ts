import type { ElementHandle, Page, Request } from 'playwright-core';
import { fillField } from './fill.ts';

/** Presses what a page offers, one thing after another, as a person would who shrinks from nothing, and says what came of each. */

export interface Press {
  /** The page, as the registry has it. */
  readonly path: string;
  /** As it is read: the accessible name. */
  readonly name: string;
  /** Requests to the API that it led to, but for streams. */
  readonly asked: readonly Asked[];
  /** Whether something could be seen of it: another address, a file, a dialogue, other contents. */
  readonly seen: boolean;
  /** Why the dialogue that it opened could not be sent. */
  readonly stuck: string | undefined;
  /** Of the menu that it opened. */
  readonly items: readonly string[];
}

export interface Asked {
  readonly method: string;
  /** Below /api/v1, without its query. */
  readonly path: string;
  readonly status: number;
  /** Of a problem, else empty. */
  readonly code: string;
  /** Rows that the audit has more since the press. */
  readonly audited: number;
}

export interface PresserOptions {
  readonly page: Page;
  /** How many rows the audit has of this person. */
  readonly audited: () => Promise<number>;
  /** A press may have ended the session: another is needed. */
  readonly signIn: () => Promise<void>;
}

interface Place {
  readonly path: string;
  readonly address: string;
  readonly within: string;
}

const API = '/api/v1';
const PRESSABLE = 'button, [role=tab], [role=switch], summary';
const FIELDS = 'input:not([type=hidden]), textarea, select';
/** What can be pressed by somebody who sees the page: of each name, whatever its figures, the first. */
const OFFERS = (within: string): string => `(() => {
  const names = new Set();
  return [...document.querySelectorAll('${PRESSABLE}')].flatMap((each, at) => {
    const name = (each.ariaLabel ?? each.innerText ?? '').trim().replace(/\\s+/g, ' ') || each.title;
    const kind = name.replace(/[0-9۰-۹]+/g, '#');
    const shown = each.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && each.closest('[inert], [aria-hidden=true]') === null;
    if (each.closest('${within}') === null || !shown || each.disabled || names.has(kind)) return [];
    names.add(kind);
    return [{ name, at }];
  });
})()`;
/** What can be seen of the page, and where it is. */
const SIGHT = `location.href + document.body.outerHTML + [...document.querySelectorAll('input, select, textarea')].map((each) => each.value + each.checked).join()`;
/** Two frames later nothing is being read and nothing moves. */
const QUIET = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(
  !/در حال خواندن…|Reading…/.test(document.body.innerText) && document.querySelector('[data-loading]') === null &&
  document.getAnimations().every(({ playState, effect }) => playState !== 'running' || effect.getTiming().iterations === Infinity)))))`;

export class Presser {
  readonly #options: PresserOptions;
  readonly #page: Page;
  readonly #open = new Set<Request>();
  readonly #asked: Promise<Asked>[] = [];
  #files = 0;
  #before = 0;

  constructor(options: PresserOptions) {
    this.#options = options;
    this.#page = options.page;
    const { page } = options;
    page.on('request', (request) => {
      if (!request.url().endsWith('/stream')) this.#open.add(request);
    });
    page.on('requestfailed', (request) => {
      this.#open.delete(request);
      const { pathname } = new URL(request.url());
      if (request.method() !== 'GET' && pathname.startsWith(API))
        this.#asked.push(Promise.resolve({ method: request.method(), path: pathname.slice(API.length), status: 0, code: 'cut', audited: 0 })); // prettier-ignore
    });
    page.on('requestfinished', (request) => {
      this.#open.delete(request);
      if (new URL(request.url()).pathname.startsWith(API)) this.#asked.push(this.#told(request));
    });
    page.on('download', (file) => {
      this.#files++;
      void file.cancel();
    });
    page.on('filechooser', () => this.#files++);
    page.on('dialog', (dialog) => void dialog.dismiss());
  }

  /** Goes to an address and presses all that stands there. @param within a selector */
  async press(path: string, address: string, within: string): Promise<Press[]> {
    await this.#go(address);
    const presses: Press[] = [];
    for (const { name } of await this.#offers(within)) {
      const place = { path, address, within };
      const press = await this.#one(place, name);
      if (press === undefined) continue;
      presses.push(press);
      for (const item of press.items) {
        const chosen = await this.#one(place, name, item);
        if (chosen !== undefined) presses.push(chosen);
      }
    }
    return presses;
  }

  #offers(within: string): Promise<{ name: string; at: number }[]> {
    return this.#page.evaluate<{ name: string; at: number }[]>(OFFERS(within));
  }

  /** @param item of the menu that the button opens */
  async #one({ path, address, within }: Place, name: string, item?: string): Promise<Press | undefined> {
    const at = (await this.#offers(within)).find((each) => each.name === name)?.at;
    const opener = at === undefined ? undefined : (await this.#page.$$(PRESSABLE))[at];
    if (opener === undefined) return undefined; // an act before it took it away, as it should
    if (item !== undefined) await opener.click({ timeout: 10_000 });
    await this.#quiet();
    const button = item === undefined ? opener : await this.#itemOf(item);
    if (button === undefined) return undefined;
    await this.#fillAround(button);
    await button.hover({ timeout: 5_000 }).catch(() => undefined); // what hovering shows does not come of pressing
    await this.#quiet();
    const sight = await this.#page.evaluate<string>(SIGHT);
    await Promise.all(this.#asked);
    this.#asked.length = 0;
    this.#files = 0;
    this.#before = await this.#options.audited();
    await button.click({ timeout: 10_000 });
    await this.#quiet();
    const seen = this.#files > 0 || (await this.#page.evaluate<string>(SIGHT)) !== sight;
    const items = item === undefined ? await this.#items() : [];
    const dialog = await this.#dialog();
    const stuck = dialog === undefined ? undefined : await this.#send(dialog);
    const asked = await Promise.all(this.#asked);
    if (asked.some(({ method }) => method === 'DELETE')) await this.#options.signIn();
    await this.#page.keyboard.press('Escape');
    await this.#quiet();
    if (item !== undefined || (await this.#page.evaluate<string>(SIGHT)) !== sight) await this.#go(address);
    return { path, name: item === undefined ? name : `${name} › ${item}`, asked, seen, stuck, items };
  }

  /** Of a menu that is open. */
  #items(): Promise<string[]> {
    return this.#page.evaluate<string[]>(`[...document.querySelectorAll('[role=menu] [role^=menuitem]')]
      .filter((each) => each.checkVisibility() && !each.disabled && each.tagName === 'BUTTON').map((each) => each.innerText.trim())`);
  }

  async #itemOf(item: string): Promise<ElementHandle | undefined> {
    for (const each of await this.#page.$$('[role=menu] [role^=menuitem]'))
      if ((await each.isVisible()) && (await each.innerText()).trim() === item) return each;
    return undefined;
  }

  /** Of a button that sends a form of the page itself. */
  async #fillAround(button: ElementHandle): Promise<void> {
    for (const field of await button.$$(`xpath=self::*[@type="submit"]/ancestor::form//*[self::input or self::select or self::textarea]`)) await fillField(field); // prettier-ignore
  }

  async #dialog(): Promise<ElementHandle | undefined> {
    for (const dialog of (await this.#page.$$('[role=dialog]')).reverse()) if (await dialog.isVisible()) return dialog;
    return undefined;
  }

  /** Fills in what is asked for, and sends it. @returns why it could not be sent */
  async #send(dialog: ElementHandle): Promise<string | undefined> {
    const submit = await dialog.$('button[type=submit]');
    if (submit === null) return undefined;
    // a choice may bring fields of its own
    for (let turn = 0; turn < 2; turn++) for (const field of await dialog.$$(FIELDS)) await fillField(field);
    await this.#quiet();
    const words = async (): Promise<string> => (await dialog.innerText()).replace(/\s+/g, ' ').slice(-160);
    if (!(await submit.isEnabled())) return `it cannot be sent: ${await words()}`;
    await submit.click({ timeout: 10_000 });
    await this.#quiet();
    const asked = await Promise.all(this.#asked);
    const isLeft = (await this.#dialog()) !== undefined;
    return isLeft && asked.every(({ method }) => method === 'GET') ? `nothing was sent: ${await words()}` : undefined;
  }

  async #told(request: Request): Promise<Asked> {
    const answer = await request.response();
    const status = answer?.status() ?? 0;
    const problem = status >= 400 ? ((await answer?.json().catch(() => ({}))) as { code?: string }) : {};
    const audited = (await this.#options.audited()) - this.#before;
    const path = new URL(request.url()).pathname.slice(API.length);
    return { method: request.method(), path, status, code: problem.code ?? '', audited };
  }

  async #go(address: string): Promise<void> {
    await this.#page.goto(`/console${address}`);
    await this.#page.locator('main h1').first().waitFor();
    await this.#quiet(12); // between its code and what it asks for nothing is open either
  }

  /** Nothing is being read or sent, and nothing moves. @param looks one after another that must find it so */
  async #quiet(looks = 2): Promise<void> {
    for (let calm = 0; calm < looks;) {
      const quiet = await this.#page.evaluate<boolean>(QUIET).catch(() => false); // it is on its way elsewhere
      calm = quiet && this.#open.size === 0 ? calm + 1 : 0;
    }
  }
}
