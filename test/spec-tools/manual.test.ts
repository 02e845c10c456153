import { expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { manualHtml } from '../../src/spec-tools/manual/index.ts';
import { sampleParts } from '../../src/spec-tools/manual/sample.ts';
import { fieldsOf } from '../../src/spec-tools/plans.ts';
import { kalabarg } from '../support/command.ts';

const names = readdirSync(new URL('../../specs/', import.meta.url))
  .filter((file) => file.endsWith('.json') && file !== 'spec.schema.json')
  .map((file) => file.slice(0, -5));

/** Elements opened and not closed, and the like. */
function faultsOf(html: string): string[] {
  const faults: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', ({ message }) => faults.push(message));
  parser.write(html.replace(/<!doctype html>/, '').replace(/<meta ([^>]*)>/g, '<meta $1/>')).close();
  return faults;
}

test.each(names)('the manual of %s names every element, in both languages, and is well-formed', (name) => {
  const spec = loadSpec(name);
  for (const language of ['en', 'fa'] as const) {
    const html = manualHtml(spec, language);
    expect(faultsOf(html)).toEqual([]);
    expect(html).toContain(language === 'fa' ? '<html lang="fa" dir="rtl">' : '<html lang="en" dir="ltr">');
    expect(html).not.toMatch(/https?:/);
    for (const [de, plan] of fieldsOf(spec))
      expect(html).toContain(`<tr><td><code>${de}</code></td><td><bdi>${plan.name}`);
  }
});

test.each(names)('the sample of %s is a frame of it, and its pieces are the frame', (name) => {
  const spec = loadSpec(name);
  const sample = sampleParts(spec)!;
  const hex = sample.hex.replaceAll(' ', '');
  expect(sample.parts.map((part) => part.hex.replaceAll(' ', '')).join('')).toBe(hex);
  const message = compile(spec).decode(Buffer.from(hex, 'hex'));
  expect(sample.parts.slice(2).map(({ element }) => Number(element))).toEqual(message.fields());
  for (const { at, element } of sample.parts.slice(2)) expect(at).toBe(message.offsetOf(Number(element)));
});

test('tags, presence by processing code and secrets are in the manual; text of a dialect is no HTML', () => {
  const pos = manualHtml(loadSpec('kalabarg-pos'), 'en');
  expect(pos).toContain('<th>020x/279800</th>');
  expect(pos).toMatch(/id="inside-48"[\s\S]*<td><code>20<\/code><\/td><td><bdi>PIN block, format 4/);
  expect(pos).toContain('secret: never shown or logged (<code>pan</code>)');
  expect(pos).toContain('603799******0006');
  const hostile = manualHtml({ ...loadSpec('iso87-ascii'), name: '<script>', title: '"&<b>' }, 'fa');
  expect(hostile).not.toMatch(/<script>|<b>/);
});

test('kalabarg spec doc writes a page', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'kalabarg-spec-doc-')), 'pos.html');
  expect((await kalabarg('spec', 'doc', 'kalabarg-pos', '--lang', 'fa', '-o', file)).status).toBe(0);
  expect(readFileSync(file, 'utf8')).toContain('راهنمای پیام');
  expect((await kalabarg('spec', 'doc', 'bank-switch')).out).toContain('<h1>Message manual');
});
