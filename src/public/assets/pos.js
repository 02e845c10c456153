// The drawn device of /pos. Its keys are buttons of forms; this sends the same forms without leaving the page, one after another, takes keys of
// the keyboard, and looks again while the centre is asked. Without it every key loads the page.
const AGAIN_MS = 400;
let queue = Promise.resolve();
let polling = false;

const till = () => document.querySelector('[data-pos]');

/** After a click of a pointer Enter is the device's again, at once and not with the next picture: the focus goes to the display. */
let pointed = false;
document.addEventListener('click', ({ detail }) => (pointed = detail > 0), { capture: true });

document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event;
  if (submitter === null || form.closest('[data-pos]') === null) return;
  event.preventDefault();
  if (pointed) till().querySelector('[data-screen]').focus({ preventScroll: true });
  press(submitter.name, submitter.value);
});

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || till() === null) return;
  const at = event.target;
  if (at.matches('input, textarea, select')) return;
  const key = keyOf(event.key);
  if (key === undefined) return;
  // Enter on a button or a frame is that button's, not the device's
  if (key === 'enter' && at.matches('button:not(.key), a, summary')) return;
  event.preventDefault();
  document.querySelector(`[data-key="${key}"]`)?.classList.add('down');
  press('key', key);
});

function keyOf(key) {
  const digit = '0123456789۰۱۲۳۴۵۶۷۸۹'.indexOf(key);
  if (key.length === 1 && digit >= 0) return String(digit % 10);
  return { Enter: 'enter', Escape: 'cancel', Backspace: 'clear', Delete: 'clear' }[key];
}

/** One key after another: each is pressed on the picture that the one before left. */
function press(name, value) {
  queue = queue.then(() => send(name, value)).catch(() => location.reload());
}

async function send(name, value) {
  const form = till().querySelector('form');
  const fields = new URLSearchParams(new FormData(form));
  fields.set(name, value);
  const answer = await fetch('/pos', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: fields.toString(),
  });
  await show(answer);
}

async function show(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const next = page.querySelector('[data-pos]');
  const now = till();
  if (next === null) throw new Error('no device in the answer');
  const fresh = document.importNode(next, true);
  for (const open of now.querySelectorAll('details[open]'))
    fresh.querySelector(`#${open.id}`)?.setAttribute('open', '');
  for (const slip of fresh.querySelectorAll('.slip'))
    if (now.querySelector(`#${slip.id}`) === null) slip.classList.add('fresh');
  const focused = pointed ? '[data-screen]' : placeOf(document.activeElement);
  now.replaceWith(fresh);
  if (focused !== undefined) fresh.querySelector(focused)?.focus({ preventScroll: true });
  poll();
}

/** How to find what had the focus in the next picture. */
function placeOf(element) {
  if (element === null || element.closest('[data-pos]') === null) return undefined;
  if (element.matches('button[name]')) return `button[name="${element.name}"][value="${element.value}"]:not(:disabled)`;
  const frame = element.closest('details');
  return frame === null ? undefined : `#${frame.id} summary`;
}

function poll() {
  if (polling || till()?.dataset.busy !== '1') return;
  polling = true;
  setTimeout(() => {
    polling = false;
    queue = queue.then(async () => show(await fetch('/pos'))).catch(() => location.reload());
  }, AGAIN_MS);
}

poll();
