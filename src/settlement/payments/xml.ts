const NEEDS_ESCAPE = /[&<>"']/;
// Everything outside XML 1.0's Char production (2.2): controls, lone surrogates, the two non-characters.
// eslint-disable-next-line no-control-regex
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu;

/** Text for an element's content or an attribute: five entities, and nothing that XML 1.0 forbids. */
export function escapeXml(text: string): string {
  const clean = text.replace(NOT_XML, '');
  if (!NEEDS_ESCAPE.test(clean)) return clean;
  return clean
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}
