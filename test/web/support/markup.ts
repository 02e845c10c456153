import type { Page } from 'playwright-core';

/** Markup as attackers store it where people read names and reasons, and how a page that runs it is caught. */

/** Each calls a canary of its own kind, fits where forty characters fit, and bears `xss` where it would become an element. */
export const PAYLOADS = [
  '<img class=xss src=x onerror=xss(1)>',
  '"><script class=xss>xss(2)</script>',
  '<svg class=xss onload=xss(3)>',
  'javascript:xss(4)//{{xss(4)}}${xss(4)}',
  `'><a class=xss href="javascript:xss(5)">`,
  '</title><style class=xss>*{top:0}</style>',
  '=xss(7)+<b class=xss>HYPERLINK("x")</b>',
] as const;

let turn = 0;
/** The next one, so that each field of a row has another. */
export function payload(): string {
  const text = PAYLOADS[turn % PAYLOADS.length] ?? '';
  turn += 1;
  return text;
}

/** What of the payloads is told by a text. */
export const told = (text: string): string[] => PAYLOADS.filter((each) => text.includes(each));

/** Before the first page of a window: the canary, and what a page sent elsewhere or asked by a dialog. */
export async function listen(page: Page, origin: string): Promise<string[]> {
  const caught: string[] = [];
  await page.exposeFunction('xss', (which: number) => caught.push(`payload ${which} ran`));
  page.on('dialog', (dialog) => {
    caught.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith('blob:')) caught.push(`a request to ${url}`);
  });
  return caught;
}

/** Elements that a payload became, and addresses that would run something. */
export function grown(page: Page): Promise<string[]> {
  return page.evaluate<
    string[]
  >(`[...document.querySelectorAll('.xss, [onerror], [onload], [srcdoc], [href^="javascript:" i], [src^="javascript:" i], [action^="javascript:" i]')]
    .map((each) => each.outerHTML.slice(0, 120))`);
}
