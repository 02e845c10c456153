import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { permissionsOf, ROLES, type Role } from '../../src/people/roles.ts';
import { noBrowser, openBrowser } from '../support/browser.ts';
import { addActor } from '../support/people.ts';
import { openSignedIn, sessionOf } from './support/console.ts';
import { FORESEEN, UNAUDITED } from './support/foreseen.ts';
import { hostileWorld, NOW, type HostileWorld } from './support/hostile-world.ts';
import { Presser, type Press } from './support/presser.ts';

/** Every button of every page is pressed by people of each role, forms are filled in and sent: something comes of each, it is what the role may do, and
 *  what was changed is in the audit. `npm test` presses a quarter of the pages, each as one of the roles that may see it, by KALABARG_TEST_SEED;
 *  `npm run test:buttons` presses all of them as each role, in both languages, or those of KALABARG_TEST_ROLES and KALABARG_TEST_LANGUAGES (names
 *  with commas between), and says at its end what was pressed and sent, and what a role may do that no button of it sent. */

const ALL = process.env['KALABARG_TEST_BUTTONS'] === 'all';
const SEED = Number(process.env['KALABARG_TEST_SEED'] ?? 1);
const LANGUAGES = ['fa', 'en'] as const;
type Language = (typeof LANGUAGES)[number];
/** @param wanted names with commas between; undefined: all */
const among = <T extends string>(all: readonly T[], wanted: string | undefined): readonly T[] =>
  wanted === undefined ? all : all.filter((each) => wanted.split(',').includes(each));
const WALKERS = among(ROLES, process.env['KALABARG_TEST_ROLES']);

/** What came of one walk. */
interface Walked {
  readonly role: Role;
  readonly language: Language;
  readonly pages: number;
  readonly presses: readonly Press[];
}

interface ConsolePage {
  readonly path: string;
  /** Any one of them opens it; none: whoever is signed in. */
  readonly permissions: readonly string[];
}

/** As the registry of pages has them; its own modules are a browser's. */
const REGISTRY = readFileSync(new URL('../../web/src/pages/registry.ts', import.meta.url), 'utf8');
const PAGES: readonly ConsolePage[] = REGISTRY.split(/\bpath: /).slice(1).map((entry) => ({
  path: /^'([^']+)'/.exec(entry)?.[1] ?? '',
  permissions: [...(/permissions: \[([^\]]*)\]/.exec(entry)?.[1] ?? '').matchAll(/'([^']+)'/g)].map(([, each = '']) => each),
})); // prettier-ignore

(noBrowser === undefined ? describe : describe.skip)(
  `buttons${noBrowser === undefined ? '' : ` (${noBrowser})`}`,
  () => {
    let world: HostileWorld;
    let browser: Browser;
    /** Names of the API's changes, with what their addresses look like. */
    let acts: readonly { readonly name: string; readonly looks: RegExp; readonly permission: string | undefined }[];
    const walked: Walked[] = [];

    beforeAll(async () => {
      [world, browser] = await Promise.all([hostileWorld(), openBrowser()]);
      for (const role of ROLES) await addActor(world.door.pool, `only-${role}`, [role]);
      const { paths } = (await world.door.http.inject('/api/v1/openapi.json')).json<{
        paths: Record<string, Record<string, { 'x-permission'?: string }>>;
      }>();
      acts = Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, described]) => ({
          permission: described['x-permission'],
          name: `${method.toUpperCase()} ${path.replace('/api/v1', '')}`,
          looks: new RegExp(`^${method.toUpperCase()} ${path.replace('/api/v1', '').replace(/\{\w+\}/g, '[^/]+')}$`),
        })),
      );
    });
    afterAll(async () => {
      await browser.close();
      await world.close();
    });

    const maySee = (role: Role, { permissions }: ConsolePage): boolean => {
      const rights: readonly string[] = permissionsOf([role]);
      return permissions.length === 0 || permissions.some((each) => rights.includes(each));
    };
    /** Of a walk by seed: a quarter of the pages, each as the next of those who may see it. */
    const isWanted = (role: Role, page: ConsolePage): boolean => {
      if (!maySee(role, page)) return false;
      const at = PAGES.indexOf(page);
      const seers = ROLES.filter((each) => maySee(each, page));
      return ALL || ((at + SEED) % 4 === 0 && seers[Math.floor((at + SEED) / 4) % seers.length] === role);
    };

    describe.each(
      ALL ? among(LANGUAGES, process.env['KALABARG_TEST_LANGUAGES']) : [LANGUAGES[Math.floor(SEED / 4) % 2] ?? 'fa'],
    )('in %s', (language) => {
      test.each(WALKERS)(
        'as %s',
        async (role) => {
          const pages = PAGES.filter((page) => isWanted(role, page));
          const presses = await walk(role, language, pages);
          walked.push({ role, language, pages: pages.length, presses });
          expect(presses.map((press) => faultOf(press, role)).filter((fault) => fault !== undefined)).toEqual([]);
        },
        1_800_000,
      );
    });

    test('enough was there to press', () => {
      if (ALL) process.stdout.write(`${walked.map(summaryOf).join('\n')}\n`);
      const whole = walked.length === ROLES.length * LANGUAGES.length;
      const least = whole ? 1_000 : ALL ? 10 * walked.length : 10;
      expect(walked.reduce((sum, { presses }) => sum + presses.length, 0)).toBeGreaterThan(least);
    });

    describe('planted faults are seen', () => {
      const planted = async (role: Role, path: string, spoil: Spoil): Promise<string> => {
        const pages = PAGES.filter((page) => page.path === path);
        return (await walk(role, 'en', pages, spoil)).map((press) => faultOf(press, role)).join('\n');
      };

      test('a button that does nothing', async () => {
        const deaf = `addEventListener('click', (event) => {
        if (/Freeze updates/.test(event.target.closest?.('button')?.innerText ?? '')) event.stopImmediatePropagation();
      }, true)`;
        const spoil = { page: (page: Page) => page.addInitScript(deaf) };
        expect(await planted('engineer', '/freezes', spoil)).toMatch(
          /\/freezes "Freeze updates…?": nothing came of it/,
        );
      });

      test('a change that the audit does not have', async () => {
        expect(await planted('engineer', '/freezes', { audited: 0 })).toMatch(
          /POST \/updates\/freezes: the audit does not have it/,
        );
      });

      test('a button of another role', async () => {
        const more = async (page: Page): Promise<void> => {
          await page.route('**/api/v1/me', async (route) => {
            const answer = await route.fetch();
            const me = (await answer.json()) as { permissions: string[] };
            await route.fulfill({
              response: answer,
              json: { ...me, permissions: [...me.permissions, 'updates:make', 'updates:stop'] },
            });
          });
        };
        expect(await planted('auditor', '/freezes', { page: more })).toMatch(
          /POST \/updates\/freezes.*: 403 people\.permission/,
        );
      });

      test('a fault of the server', async () => {
        const broken = async (page: Page): Promise<void> => {
          await page.route('**/api/v1/updates/**', (route) => (route.request().method() === 'POST' ? route.fulfill({ status: 500, json: { code: 'api.failed' } }) : route.fallback())); // prettier-ignore
        };
        expect(await planted('engineer', '/freezes', { page: broken })).toMatch(/: POST \/updates\/freezes.*: 500/);
      });
    });

    /** What makes the product a worse one, for the tests of this test. */
    interface Spoil {
      readonly page?: (page: Page) => Promise<unknown>;
      readonly audited?: number;
    }

    async function walk(
      role: Role,
      language: Language,
      pages: readonly ConsolePage[],
      spoil: Spoil = {},
    ): Promise<Press[]> {
      const login = `only-${role}`;
      if (pages.length === 0) return [];
      const page = await openSignedIn(browser, world.door, login, { language });
      await page.clock.setFixedTime(NOW); // the day of the world, whenever this runs
      await spoil.page?.(page);
      const audited = async (): Promise<number> => {
        const { rows } = await world.door.owner.query<{ n: string }>('select count(*) as n from audit where actor = $1', [login]); // prettier-ignore
        return spoil.audited ?? Number(rows[0]?.n);
      };
      const signIn = async (): Promise<void> => {
        const { cookie } = await sessionOf(world.door, login);
        await page.context().addCookies([{ name: '__Host-kalabarg', value: cookie, url: world.door.url.replace('http:', 'https:'), secure: true, httpOnly: true, sameSite: 'Strict' }]); // prettier-ignore
      };
      const presser = new Presser({ page, audited, signIn });
      const presses: Press[] = [];
      // the first page's walk presses what stands around it too, the choice of the language among that: it is the last
      for (const { path } of pages.toSorted((a, b) => Number(a.path === '/') - Number(b.path === '/'))) {
        const address = path.replace(/\$\w+/, () => encodeURIComponent(world.details[path] ?? 'nothing'));
        presses.push(...(await presser.press(path, address, path === '/' ? 'body' : 'main')));
      }
      await page.context().close();
      return presses;
    }

    /** What a walk did, and the role's acts that nothing of it sent: a hidden door, or a thing that the world has not in that state. */
    function summaryOf({ role, language, pages, presses }: Walked): string {
      const asked = presses.flatMap((press) => press.asked).filter(({ method }) => method !== 'GET');
      const sent = acts.filter(({ looks }) => asked.some(({ method, path }) => looks.test(`${method} ${path}`)));
      const rights: readonly string[] = permissionsOf([role]);
      const unsent = acts.filter((act) => !act.name.startsWith('GET ') && act.permission !== undefined && rights.includes(act.permission) && !sent.includes(act)); // prettier-ignore
      return [
        `${language} ${role}: ${pages} pages, ${presses.length} pressed, ${asked.length} acts sent, ${sent.length} of them different`,
        ...unsent.map(({ name }) => `  may, and no button sent: ${name}`),
      ].join('\n');
    }

    /** @returns undefined: all is well */
    function faultOf({ path, name, asked, seen, stuck }: Press, role: Role): string | undefined {
      const where = `${path} "${name}"`;
      if (stuck !== undefined) return `${where}: ${stuck}`;
      if (!seen && asked.length === 0) return `${where}: nothing came of it`;
      const rights: readonly string[] = permissionsOf([role]);
      const ended = asked.some(({ method }) => method === 'DELETE'); // of one's own session too
      let changes = 0;
      for (const { method, path: of, status, code, audited } of asked) {
        const act = acts.find(({ looks }) => looks.test(`${method} ${of}`));
        const called = act?.name ?? `${method} ${of}`;
        if (status === 401 && ended) continue;
        if (status === 0) return `${where}: ${called} was cut`;
        if (status >= 400 && FORESEEN[called]?.[code] === undefined) return `${where}: ${called}: ${status} ${code}`;
        if (status >= 300 || method === 'GET') continue;
        if (act?.permission !== undefined && !rights.includes(act.permission))
          return `${where}: ${called}: not this role's`;
        if (UNAUDITED[called] === undefined && audited < ++changes)
          return `${where}: ${called}: the audit does not have it`;
      }
      return undefined;
    }
  },
);
