// The survey where there is no signal: each answer is kept on the phone first, with its photos, and sent as Collect sends
// it (an OpenRosa submission) once the server is reached; the same one again is the same there, by its instanceID.
(function () {
  const told = document.getElementById("waiting"), form = document.querySelector("form[data-survey]");
  if (!told || !window.indexedDB || !window.fetch) { return; }
  if (navigator.serviceWorker && window.isSecureContext) {
    navigator.serviceWorker.register(told.dataset.worker, { scope: told.dataset.scope });
    const here = [location.href].concat(form && form.dataset.sites ? [form.dataset.sites] : []);
    navigator.serviceWorker.ready.then(() => caches.open("mata-air-survey")).then((kept) => kept.addAll(here)).catch(() => {});
  }
  if (!form) { return; }
  const words = JSON.parse(form.dataset.words), PX = 1600;
  const uuid = () => window.crypto && crypto.randomUUID ? crypto.randomUUID()
    : "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, () => (Math.random() * 16 | 0).toString(16));

  // what is kept: {instance, xml, files: [{name, data}], label, refused, sent}
  const base = () => new Promise((good, bad) => {
    const asked = indexedDB.open("mata-air-survey", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("answers", { keyPath: "instance" });
    asked.onsuccess = () => good(asked.result);
    asked.onerror = () => bad(asked.error);
  });
  async function store(mode, act) {
    const db = await base();
    return new Promise((good, bad) => {
      const way = db.transaction("answers", mode), asked = act(way.objectStore("answers"));
      way.oncomplete = () => { db.close(); good(asked.result); };
      way.onerror = way.onabort = () => { db.close(); bad(way.error); };
    });
  }
  const all = () => store("readonly", (kept) => kept.getAll());
  const put = (one) => store("readwrite", (kept) => kept.put(one));
  const drop = (one) => store("readwrite", (kept) => kept.delete(one.instance));

  let shut = "";
  async function say(error) {
    const kept = await all(), waiting = kept.filter((one) => !one.sent && !one.refused), sent = kept.filter((one) => one.sent);
    told.replaceChildren();
    const line = (text) => { const p = document.createElement("p"); p.textContent = text; told.appendChild(p); return p; };
    const button = (text, act) => { const b = document.createElement("button"); b.type = "button"; b.className = "plain"; b.textContent = text; b.addEventListener("click", act); told.append(b, " "); };
    if (error) { line(error); }
    if (waiting.length) { line(words.kept.replace("{count}", waiting.length)); }
    if (shut) { line(shut); }
    if (sent.length) { line(words.sent.replace("{count}", sent.length)); }
    for (const one of kept.filter((other) => other.refused)) {
      line(one.label + ": " + words.refused.replace("{reason}", one.refused));
      button(words.again, async () => { await put({ ...one, refused: "" }); await say(); send(); });
      button(words.drop, async () => { if (confirm(words.sure)) { await drop(one); say(); } });
    }
    told.hidden = !told.childNodes.length;
  }

  let busy = false;
  async function send() {
    if (busy) { return; }
    busy = true;
    try {
      for (const one of (await all()).filter((other) => !other.sent && !other.refused)) {
        const body = new FormData();
        body.append("xml_submission_file", new Blob([one.xml], { type: "text/xml" }), "submission.xml");
        for (const file of one.files) { body.append(file.name, new Blob([file.data], { type: "image/jpeg" }), file.name); }
        const answer = await fetch(form.dataset.send, { method: "POST", body: body, headers: { "X-OpenRosa-Version": "1.0", "Accept-Language": document.documentElement.lang } });
        shut = answer.status === 401 ? words.key : "";
        if (shut || answer.status === 429 || answer.status >= 500) { break; }  // later
        if (answer.ok) {
          await put({ instance: one.instance, label: one.label, sent: Date.now() });
        } else {
          const said = new DOMParser().parseFromString(await answer.text(), "text/xml").querySelector("message");
          await put({ ...one, refused: said ? said.textContent : String(answer.status) });
        }
        await say();
      }
      const old = (await all()).filter((one) => one.sent && Date.now() - one.sent > 7 * 86400000);
      for (const one of old) { await drop(one); }
    } catch (_) { /* no signal: it waits */ }
    busy = false;
    say();
  }

  // numbers as people write them here, places, photos
  const number = (text) => {
    const read = text.trim().replace("\u2212", "-");
    return /^-?\d+([.,]\d+)?$/.test(read) ? read.replace(",", ".") : "";
  };
  function checked(input) {
    const text = input.value.trim(), read = number(text);
    let bad = "";
    if (text && input.dataset.number) {
      const whole = input.dataset.number !== "whole" || /^-?\d+$/.test(read);
      const inside = !input.dataset.limits || (Number(read) >= Number(input.dataset.low) && Number(read) <= Number(input.dataset.high));
      if (!read || !whole || !inside) { bad = input.dataset.limits || words.degrees; }
    }
    if (text && input.dataset.axis) {
      const most = input.dataset.axis === "lat" ? 90 : 180;
      if (!read || Math.abs(Number(read)) > most) { bad = words.degrees; }
    }
    if (text && "site" in input.dataset && !sites.has(input.value)) { bad = words.unknown_site; }
    input.setCustomValidity(bad);
    return !bad;
  }
  form.querySelectorAll("input").forEach((input) => input.addEventListener("input", () => checked(input)));
  for (const place of form.querySelectorAll("[data-point]")) {
    const button = place.querySelector("[data-here]"), said = place.querySelector("[role=status]");
    const [lat, lon] = place.querySelectorAll("[data-axis]");
    for (const input of [lat, lon]) { input.addEventListener("input", () => { place.dataset.accuracy = ""; said.textContent = ""; }); }
    if (!navigator.geolocation || !window.isSecureContext) { continue; }
    button.hidden = false;
    button.addEventListener("click", () => {
      said.textContent = "…";
      navigator.geolocation.getCurrentPosition((found) => {
        lat.value = found.coords.latitude.toFixed(6);
        lon.value = found.coords.longitude.toFixed(6);
        [lat, lon].forEach(checked);
        place.dataset.accuracy = found.coords.accuracy.toFixed(1);
        place.dataset.altitude = (found.coords.altitude || 0).toFixed(1);
        said.textContent = "± " + Math.round(found.coords.accuracy) + " m";
      }, () => { said.textContent = words.nowhere; }, { enableHighAccuracy: true, timeout: 30000 });
    });
  }
  async function small(file) {  // no larger than the form for Collect asks
    let canvas;
    try { canvas = await smaller(file, PX); } catch (_) {
      return file.arrayBuffer();  // what this browser cannot draw the server may read
    }
    const made = await new Promise((good) => canvas.toBlob(good, "image/jpeg", 0.85));
    return made.arrayBuffer();
  }

  const sites = new Map(), known = document.getElementById("known"), asked = form.querySelector("[data-site]");
  if (asked) {
    fetch(form.dataset.sites).then((answer) => answer.json()).then((found) => {
      const list = document.getElementById("sites");
      for (const one of found.features) {
        sites.set(one.properties.title, one.properties);
        const option = document.createElement("option");
        option.value = one.properties.title;
        list.appendChild(option);
      }
      checked(asked);
    }).catch(() => {});
    asked.addEventListener("input", () => {
      const one = sites.get(asked.value);
      known.textContent = one ? words.known.replace("{known}", [one.kind, one.status_word, one.last_seen].filter((part) => part).join(" · ")) : "";
    });
  }
  const today = () => { const now = new Date(); return new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10); };
  const days = () => form.querySelectorAll("[data-today]").forEach((input) => { input.value = today(); });
  const plainText = (text) => text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "");

  async function made() {
    const instance = "uuid:" + uuid(), files = [], page = document.implementation.createDocument(null, "data");
    const root = page.documentElement, began = new Date().toISOString();
    const add = (name, value, under) => { const one = page.createElement(name); one.textContent = plainText(value); (under || root).appendChild(one); return one; };
    root.setAttribute("id", "mata_air_" + form.dataset.table);
    add("start", began);
    if (form.dataset.key) { add(form.dataset.key, uuid()); }
    let label = form.querySelector("[data-name=name], [data-site]");
    label = (label && label.value) || began.slice(0, 16).replace("T", " ");
    for (const one of form.querySelectorAll("[data-point], [data-name]")) {
      if (one.dataset.point) {
        const [lat, lon] = one.querySelectorAll("[data-axis]");
        const place = lat.value && lon.value ? [number(lat.value), number(lon.value)] : null;
        add(one.dataset.point, !place ? "" : place.concat(one.dataset.accuracy ? [one.dataset.altitude, one.dataset.accuracy] : []).join(" "));
      } else if (one.type === "file") {
        let name = "";
        if (one.files.length) {
          name = instance.slice(5, 13) + "-" + one.dataset.name + ".jpg";
          files.push({ name: name, data: await small(one.files[0]) });
        }
        add(one.dataset.name, name);
      } else if ("site" in one.dataset) {
        const chosen = sites.get(one.value);
        add(one.dataset.name, chosen.id);
        for (const name of form.dataset.known.split(" ")) { add("known_" + name, String(chosen[name] || "")); }
        for (const name of ["site_id", "service", "place_shifted"]) { add(name, String(chosen[name] || "")); }
      } else {
        add(one.dataset.name, one.dataset.number ? number(one.value) : one.value.trim());
      }
    }
    add("instanceID", instance, add("meta", ""));
    return { instance: instance, xml: new XMLSerializer().serializeToString(page), files: files, label: label };
  }

  let storing = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (![...form.querySelectorAll("input")].map(checked).every((good) => good)) { form.reportValidity(); return; }
    if (storing) { return; }
    storing = true;
    let error = "";
    try {
      await put(await made());
      form.reset();
      days();
      if (known) { known.textContent = ""; }
      form.querySelectorAll("[data-point]").forEach((place) => { place.dataset.accuracy = ""; place.querySelector("[role=status]").textContent = ""; });
      if (navigator.storage && navigator.storage.persist) { navigator.storage.persist(); }
    } catch (reason) { error = words.not_kept.replace("{reason}", reason && reason.message ? reason.message : String(reason)); }
    storing = false;
    await say(error);
    told.scrollIntoView();
    if (!error) { send(); }
  });
  window.addEventListener("online", send);
  setInterval(send, 20000);
  days();
  say();
  send();
})();
