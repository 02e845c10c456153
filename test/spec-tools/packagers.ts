import { readFileSync } from 'node:fs';

/** Which packager class each field of the corpus's dialects has in jPOS, and its length: facts, in a file of ours. */
const CLASSES = JSON.parse(readFileSync(new URL('./fixtures/packagers.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, Readonly<Record<string, string>>>
>;

export const packagerNames = Object.keys(CLASSES);

/** A GenericPackager file as jPOS's users write them. */
export function packagerXml(dialect: string): string {
  const fields = Object.entries(CLASSES[dialect] ?? {}).flatMap(([key, list]) => {
    const [name = '', pad] = key.split(' ');
    return list.split(' ').map((one) => {
      const [id = '', length = ''] = one.split(':');
      return `  <isofield id="${id}" length="${length}" name="Field ${id}" pad="${pad === 'pad'}" class="org.jpos.iso.${name}"/>`;
    });
  });
  return packager(fields.join('\n'));
}

export function packager(fields: string): string {
  return `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!DOCTYPE isopackager PUBLIC "-//jPOS/jPOS Generic Packager DTD 1.0//EN" "http://jpos.org/dtd/generic-packager-1.0.dtd">
<!-- as in the field -->
<isopackager>
${fields}
</isopackager>
`;
}
