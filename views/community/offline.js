// The report form where there is no signal: what is sent waits on the phone until the server is reached, and goes once.
(function () {
  const form = document.querySelector("form[data-offline]"), told = document.getElementById("waiting");
  if (!form || !window.localStorage || !window.fetch) { return; }
  const words = JSON.parse(form.dataset.words), KEY = "mata-air-reports";
  const read = () => { try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch (_) { return []; } };
  const write = (all) => localStorage.setItem(KEY, JSON.stringify(all));
  const made = () => window.crypto && crypto.randomUUID ? crypto.randomUUID()
    : Date.now().toString(36) + "-" + Math.random().toString(36).slice(2);

  function say() {
    told.replaceChildren();
    const all = read(), open = all.filter((one) => !one.refused && !one.sent);
    const line = (text) => { const p = document.createElement("p"); p.textContent = text; told.appendChild(p); };
    if (open.length) { line(words.kept.replace("{count}", open.length)); }
    for (const one of all) {
      if (one.sent) {
        line(words.sent);
        const a = document.createElement("a");
        if (one.href) { a.href = one.href; a.textContent = one.line; told.appendChild(a); }
      }
      if (one.refused) { line(words.refused.replace("{reason}", one.refused) + " " + (new URLSearchParams(one.body).get("text") || "")); }
    }
    told.hidden = !told.childNodes.length;
  }

  async function reached() {
    try {
      const ended = new AbortController(), clock = setTimeout(() => ended.abort(), 4000);
      const answer = await fetch(form.dataset.probe, { cache: "no-store", signal: ended.signal });
      clearTimeout(clock);
      return answer.ok;
    } catch (_) { return false; }
  }

  let busy = false;
  async function send() {
    if (busy || !read().some((one) => !one.sent && !one.refused)) { return; }
    busy = true;
    try {
      for (const mine of read().filter((one) => !one.sent && !one.refused)) {
        const head = { "content-type": "application/x-www-form-urlencoded" };
        const answer = await fetch(mine.action, { method: "POST", headers: head, body: mine.body });
        if (answer.status === 429 || answer.status >= 500) { break; }  // later
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const link = page.querySelector(".note.good a"), bad = page.querySelector(".note.bad");
        write(read().map((one) => one.ref !== mine.ref ? one : answer.ok
          ? { ref: one.ref, sent: true, href: link && link.getAttribute("href"), line: link && link.textContent }
          : { ...one, refused: bad ? bad.textContent : String(answer.status) }));
        say();
      }
    } catch (_) { /* no signal: it waits */ }
    busy = false;
  }

  // a picture goes along
  const photo = document.getElementById("photo"), seen = document.getElementById("photo-told"), PX = 1024;
  if (photo && window.createImageBitmap) {
    document.getElementById("photo-part").hidden = false;
    photo.addEventListener("change", async () => {
      form.elements.picture.value = "";
      seen.textContent = "";
      const file = photo.files[0];
      if (!file) { return; }
      try {
        form.elements.picture.value = (await smaller(file, PX)).toDataURL("image/jpeg", 0.75);
        seen.textContent = "✓ " + Math.round(form.elements.picture.value.length * 0.75 / 1000) + " KB";
      } catch (_) { photo.value = ""; seen.textContent = words.unseen; }
    });
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.elements.ref.value = form.elements.ref.value || made();
    if (await reached()) { form.submit(); return; }
    const waits = (given) => write([...read().filter((one) => !one.sent),
      { ref: form.elements.ref.value, action: form.action, body: new URLSearchParams(given).toString() }]);
    const given = new FormData(form);
    let left = "";
    try { waits(given); } catch (_) { given.set("picture", ""); waits(given); left = words.left; }  // no room for pictures
    form.reset();
    form.elements.ref.value = form.elements.picture.value = "";
    if (seen) { seen.textContent = left; }
    say();
    told.scrollIntoView();
  });
  window.addEventListener("pageshow", () => { form.elements.ref.value = ""; });  // gone back to: what is sent now is another report
  window.addEventListener("online", send);
  setInterval(send, 20000);
  say();
  send();
  if (navigator.serviceWorker && window.isSecureContext) {
    navigator.serviceWorker.register(form.dataset.worker, { scope: form.dataset.scope });
    navigator.serviceWorker.ready.then(() => caches.open("mata-air-report")).then((kept) => kept.add(location.href)).catch(() => {});
  }
})();
