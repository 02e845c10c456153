// The drawn terminal of /learn: one question at a time, answered by its keys or the keyboard. Without this it is a plain form.
const first = document.querySelector('[data-practice]');
if (first) wire(first);

function wire(section) {
  const form = section.querySelector('form.pos');
  if (form === null) return;
  const words = JSON.parse(form.dataset.words);
  const screen = form.querySelector('[data-screen]');
  const steps = [...form.querySelectorAll('[data-step]')];
  const shown = screen.innerHTML;
  let step = 0;
  form.classList.add('live');
  form.querySelector('.pos-keys').hidden = false;
  for (const input of form.querySelectorAll('.pos-ask input:not([type=radio], [type=checkbox])'))
    input.inputMode = 'none';

  /** What this act asks, in order. */
  const asked = () => {
    const act = form.querySelector('input[name=act]:checked').value;
    const goods = form.querySelector('[data-step=goods] input:checked') !== null;
    return steps.filter(({ dataset }) => {
      if (dataset.step === 'act') return true;
      if (dataset.step === 'amount' && act === 'voucher' && goods) return false;
      return dataset.for.split(' ').includes(act);
    });
  };
  const draw = (focus) => {
    const now = asked()[step];
    for (const each of steps) each.hidden = each !== now;
    screen.hidden = step > 0;
    const control = now.querySelector('input:checked') ?? now.querySelector('input');
    if (focus) control?.focus({ preventScroll: true });
  };
  const reset = () => {
    step = 0;
    for (const input of form.querySelectorAll('input[type=checkbox]')) input.checked = false;
    for (const name of ['amount', 'pin']) form.elements[name].value = '';
    screen.innerHTML = shown;
    draw(true);
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (step + 1 < asked().length) {
      step += 1;
      draw(true);
    } else void send(section, form, words, screen, steps);
  });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') reset();
    const now = asked()[step];
    const digit = '0123456789۰۱۲۳۴۵۶۷۸۹'.indexOf(event.key) % 10;
    if (digit > 0 && now.querySelector('input[type=radio], input[type=checkbox]') !== null) {
      event.preventDefault();
      press(now, String(digit));
    }
  });
  form.querySelector('.pos-keys').addEventListener('click', (event) => {
    const key = event.target.closest('[data-key]')?.dataset.key;
    if (key === undefined) return;
    if (key === 'cancel') return reset();
    press(asked()[step], key);
  });
  draw(false);
}

/** A key of the keypad: chooses a line, or types. */
function press(now, key) {
  const choices = now.querySelectorAll('input[type=radio], input[type=checkbox]');
  if (choices.length > 0) {
    const choice = choices[Number(key) - 1];
    if (choice === undefined) return;
    choice.checked = choice.type === 'radio' || !choice.checked;
    choice.focus({ preventScroll: true });
    return;
  }
  const input = now.querySelector('input');
  if (key === 'clear') input.value = input.value.slice(0, -1);
  else if (input.value.length < input.maxLength) input.value += key;
}

/** The form goes to the terminal's gateway; the section that comes back takes the place of this one. */
async function send(section, form, words, screen, steps) {
  const body = new URLSearchParams(new FormData(form)).toString();
  for (const each of steps) each.hidden = true;
  for (const button of form.querySelectorAll('button')) button.disabled = true;
  screen.hidden = false;
  screen.textContent = words.sending;
  try {
    const answer = await fetch(form.action, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const next = page.querySelector('[data-practice]');
    if (next === null) throw new Error('no terminal in the answer');
    const fresh = document.importNode(next, true);
    section.replaceWith(fresh);
    wire(fresh);
    fresh.querySelector('[data-screen]')?.focus({ preventScroll: true });
  } catch {
    screen.textContent = words.lost;
  }
}
