// Uploads of papers, of an application and of what a shop says to a notice: camera or file, with progress, retry and removal. Words and
// addresses come from the page.
for (const section of document.querySelectorAll('[data-papers]')) begin(section);

function begin(section) {
  const words = JSON.parse(section.dataset.words);
  for (const place of section.querySelectorAll('[data-kind]')) {
    place.querySelector('[data-choose]').hidden = false;
    for (const input of place.querySelectorAll('input[type=file]')) {
      input.addEventListener('change', () => {
        const [file] = input.files;
        input.value = '';
        if (file) send(section, place, file, words);
      });
    }
    place.addEventListener('click', (event) => {
      const button = event.target.closest('[data-remove]');
      if (button === null) return;
      event.preventDefault();
      void remove(section, place, button, words);
    });
  }
}

function send(section, place, file, words) {
  const said = place.querySelector('[data-progress]');
  if (file.size > 10 * 1024 * 1024) return fail(said, words.large);
  const bar = document.createElement('progress');
  const text = document.createElement('p');
  bar.max = 100;
  bar.value = 0;
  text.textContent = words.sending;
  bar.setAttribute('aria-label', words.sending);
  said.replaceChildren(text, bar);
  const request = new XMLHttpRequest();
  request.open('POST', `${section.dataset.papers}/${place.dataset.kind}`);
  request.setRequestHeader('x-csrf', section.dataset.csrf);
  request.setRequestHeader('accept', 'application/json');
  request.setRequestHeader('content-type', 'application/octet-stream');
  request.upload.addEventListener('progress', ({ loaded, total }) => {
    bar.value = (100 * loaded) / total;
    if (loaded === total) text.textContent = words.checking;
  });
  const again = () => send(section, place, file, words);
  request.addEventListener('error', () => fail(said, words.lost, again, words));
  request.addEventListener('load', () => {
    const answer = read(request.responseText);
    if (request.status !== 200 && request.status !== 201)
      return fail(said, answer.detail ?? words.lost, request.status === 422 ? undefined : again, words);
    said.replaceChildren();
    if (request.status === 201) place.querySelector('[data-list]').append(kept(section, answer.paper, file, words));
    update(section, place, answer, words);
  });
  request.send(file);
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** What is wrong, and a button where trying again can help. */
function fail(said, detail, again, words) {
  const text = document.createElement('p');
  text.className = 'fault';
  text.setAttribute('role', 'alert');
  text.textContent = detail;
  said.replaceChildren(text);
  if (again === undefined) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button second';
  button.textContent = words.again;
  button.addEventListener('click', again);
  said.append(button);
}

function kept(section, { id, kilobytes }, file, words) {
  const item = document.createElement('li');
  item.dataset.paper = id;
  if (file.type.startsWith('image/')) {
    const picture = document.createElement('img');
    picture.alt = '';
    picture.height = 64;
    picture.src = URL.createObjectURL(file);
    item.append(picture, ' ');
  }
  const size = document.createElement('bdi');
  size.dir = 'ltr';
  size.textContent = `${kilobytes} KB`;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'link';
  button.dataset.remove = `${section.dataset.removal}/${id}/removal`;
  button.textContent = words.remove;
  item.append(size, ' ', button);
  return item;
}

async function remove(section, place, button, words) {
  const said = place.querySelector('[data-progress]');
  button.disabled = true;
  try {
    const answer = await fetch(button.dataset.remove, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ csrf: section.dataset.csrf }).toString(),
    });
    const body = read(await answer.text());
    if (!answer.ok) throw new Error(body.detail ?? words.lost);
    button.closest('[data-paper]').remove();
    said.replaceChildren();
    update(section, place, body, words);
  } catch (error) {
    button.disabled = false;
    fail(said, error.message);
  }
}

/** The version that the form sends next, and whether this paper is there. */
function update(section, place, { version, missing }, words) {
  const seen = section.closest('form')?.querySelector('input[name=seen]');
  if (seen && version) seen.value = String(version);
  const state = place.querySelector('[data-state]');
  if (state === null) return; // nothing is missing there: papers are brought as one likes
  const due = missing?.includes(place.dataset.kind) ?? false;
  place.classList.toggle('good', !due);
  state.textContent = due ? words.due : words.here;
}
