import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pathToFileURL } from 'node:url';
import { GatewayError, messageOf } from '../../ops/errors.ts';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
const TIMEOUT_MS = 60_000;

/** Prints HTML to a PDF with the system's Chromium, which shapes Persian and orders its digits right (packages.md).
 *  @throws GatewayError `pdf.browser` when there is none, `pdf.failed` */
export async function printPdf(html: string, path: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kalabarg-pdf-'));
  try {
    const [page, pdf] = [join(folder, 'page.html'), join(folder, 'page.pdf')];
    await writeFile(page, html);
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const profile = `--user-data-dir=${join(folder, 'profile')}`;
    const options = ['--headless', '--disable-gpu', '--no-pdf-header-footer', profile, ...sandbox];
    await runBrowser([...options, `--print-to-pdf=${pdf}`, pathToFileURL(page).href]);
    const part = join(dirname(path), `.${Date.now()}.pdf.part`);
    await writeFile(part, await readPdf(pdf));
    await rename(part, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runBrowser(args: readonly string[]): Promise<void> {
  for (const browser of BROWSERS) {
    try {
      await promisify(execFile)(browser, [...args], { timeout: TIMEOUT_MS });
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw new GatewayError('pdf.failed', `${browser} did not print: ${messageOf(cause)}`, { cause });
    }
  }
  throw new GatewayError('pdf.browser', `A PDF is printed by Chromium: none of ${BROWSERS.join(', ')} is installed.`);
}

async function readPdf(path: string): Promise<Buffer> {
  const bytes = await readFile(path);
  if (bytes.subarray(0, 5).toString('latin1') === '%PDF-') return bytes;
  throw new GatewayError('pdf.failed', 'What the browser printed is no PDF.');
}
