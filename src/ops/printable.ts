/** Controls but line feed and tab, and what turns or breaks the line around it. A terminal obeys the first (ESC begins commands
 *  that write to the clipboard or rename the window), a reader is misled by the second. */
// eslint-disable-next-line no-control-regex -- control characters are what it is for
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
// eslint-disable-next-line no-control-regex -- as above
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text that says what it holds: hidden characters as `\u001b`. Lines and tabs stay. */
export function printable(text: string): string {
  return text.replace(HIDDEN, escaped);
}

/** The same on one line: what is quoted from a file or a name cannot begin a line of its own. */
export function inline(text: string): string {
  return printable(text).replace(/[\n\t]/g, (character) => (character === '\n' ? '\\n' : '\\t'));
}

/** Text for a terminal: no control but lines and tabs. What a picture sets apart on purpose stays (isolates of Persian). */
export function withoutControls(text: string): string {
  return text.replace(CONTROL, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
