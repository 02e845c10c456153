/** Something that must be nowhere. */
export type Secret =
  | { readonly name: string; readonly text: string; /** Also two digits a byte. */ readonly packed?: boolean }
  | { readonly name: string; readonly bytes: Buffer };

/** Names of the secrets that a file, a table or an output holds, in any of the forms in which they could be written: as they
 *  are, in hexadecimal of either case, in base64, and packed. */
export function findSecrets(haystack: Buffer, secrets: readonly Secret[]): string[] {
  const found = secrets.filter((secret) => forms(secret).some((form) => haystack.includes(form)));
  return [...new Set(found.map(({ name }) => name))];
}

const known = new WeakMap<Secret, Buffer[]>();

function forms(secret: Secret): Buffer[] {
  const before = known.get(secret);
  if (before !== undefined) return before;
  const bytes = 'bytes' in secret ? secret.bytes : Buffer.from(secret.text);
  const hex = bytes.toString('hex');
  const made = [bytes, Buffer.from(hex), Buffer.from(hex.toUpperCase()), Buffer.from(unpadded(bytes, 'base64'))];
  if (!unpadded(bytes, 'base64').startsWith(unpadded(bytes, 'base64url')))
    made.push(Buffer.from(unpadded(bytes, 'base64url')));
  if ('text' in secret && secret.packed === true)
    made.push(Buffer.from(secret.text.padEnd(secret.text.length + (secret.text.length % 2), 'F'), 'hex'));
  known.set(secret, made);
  return made;
}

/** Without its last characters, which depend on what follows. */
function unpadded(bytes: Buffer, form: 'base64' | 'base64url'): string {
  return bytes.toString(form).slice(0, Math.floor((bytes.length * 8) / 6));
}
