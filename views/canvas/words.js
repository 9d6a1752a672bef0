// Says Streamlit's own English words in the language of the page, and tells the browser which language that is.
(function (told) {
  "use strict";
  const root = document.documentElement, NAMES = ["aria-label", "title", "placeholder"], ENGLISH = told.words.en;
  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

  // the style of a page whose map fills the window, from its first moment: the page then tells whether it is one
  const early = document.getElementById("ma-early"), page = window.location.pathname.split("/").pop();
  if (early && page && !told.screens.includes(page)) { early.media = "not all"; }

  // Streamlit's word -> its key; of those with a part that changes, the form and the key
  const known = { text: new Map(), told: new Map() }, forms = { text: [], told: [] };
  for (const key in ENGLISH) {
    for (const where of told.shown.includes(key) ? ["text", "told"] : ["told"]) {
      if (ENGLISH[key].includes("{}")) {
        forms[where].push([new RegExp("^" + ENGLISH[key].split("{}").map(escaped).join("(.+)") + "$", "s"), key]);
      } else { known[where].set(ENGLISH[key], key); }
    }
  }

  // the word in the language of the page; what is none of Streamlit's stays
  function say(text, where) {
    const words = told.words[root.lang] || ENGLISH;
    if (known[where].has(text)) { return words[known[where].get(text)]; }
    for (const [form, key] of forms[where]) {
      const found = form.exec(text);
      if (found) { return words[key].replace("{}", () => found[1]); }
    }
    const colon = where === "told" ? text.indexOf(": ") : -1;  // a tool of a table names it: "Search: Plan"
    const tool = colon > 0 ? known.told.get(text.slice(0, colon)) : undefined;
    return tool ? words[tool] + text.slice(colon) : text;
  }

  // what was said here before, and what stood there: said again when the language changes, or Streamlit changes it
  const before = new WeakMap();
  function again(place, name, now, where) {
    const kept = before.get(place) || {}, one = kept[name];
    const english = one && one.said === now ? one.english : now;
    const said = say(english, where);
    if (said !== english || one) { kept[name] = { english: english, said: said }; before.set(place, kept); }
    return said;
  }

  function text(node) {
    const bare = node.nodeValue.trim();
    if (!bare || bare.length > 200 || node.parentElement && /^(STYLE|SCRIPT)$/.test(node.parentElement.tagName)) { return; }
    const said = again(node, "text", bare, "text");
    if (said !== bare) { node.nodeValue = node.nodeValue.replace(bare, () => said); }
  }

  function attributes(element) {
    for (const name of NAMES) {
      const value = element.getAttribute(name);
      if (!value) { continue; }
      const said = again(element, name, value, "told");
      if (said !== value) { element.setAttribute(name, said); }
    }
  }

  function whole(node) {
    if (node.nodeType === Node.TEXT_NODE) { text(node); return; }
    if (node.nodeType !== Node.ELEMENT_NODE) { return; }
    const walk = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let at = node; at; at = walk.nextNode()) {
      if (at.nodeType === Node.TEXT_NODE) { text(at); } else { attributes(at); }
    }
  }

  // a pointer's keys turn the page of a meeting also while a choice or a field of one line has the focus
  document.addEventListener("keydown", (event) => {
    if (!event.isTrusted || event.key !== "PageUp" && event.key !== "PageDown") { return; }
    if (event.target instanceof HTMLInputElement && event.target.getAttribute("role") !== "combobox") {
      event.preventDefault();
      event.stopPropagation();
      const init = { key: event.key, code: event.code, keyCode: event.keyCode, bubbles: true, cancelable: true };
      document.body.dispatchEvent(new KeyboardEvent("keydown", init));
    }
  }, true);

  // the hint for beginners stays away once it was put away; on a phone the drawer closes when the tour begins from it
  try { if (localStorage.getItem("ma-hint")) { root.dataset.maHint = "read"; } } catch (error) { /* nothing is kept */ }
  document.addEventListener("click", (event) => {
    const at = event.target instanceof Element ? event.target : null;
    if (at && at.closest(".st-key-hint button, .st-key-guide-start button")) {
      try { localStorage.setItem("ma-hint", "read"); } catch (error) { /* nothing is kept */ }
      root.dataset.maHint = "read";
    }
    if (at && at.closest(".st-key-guide-start button") && window.innerWidth < 768) {
      const close = document.querySelector('[data-testid="stSidebarCollapseButton"] button');
      if (close) { setTimeout(() => close.click(), 300); }
    }
  }, true);

  new MutationObserver((changes) => {
    const mark = document.querySelector("[data-ma-lang]");
    const media = mark && mark.dataset.maScreen === "yes" ? "all" : "not all";
    if (mark && early && early.media !== media) { early.media = media; }
    if (mark && mark.dataset.maLang !== root.lang) {
      root.lang = mark.dataset.maLang;
      whole(root);
      return;
    }
    for (const change of changes) {
      if (change.type === "childList") { change.addedNodes.forEach(whole); }
      else if (change.type === "attributes") { attributes(change.target); }
      else { text(change.target); }
    }
  }).observe(root, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: [...NAMES, "data-ma-lang"] });
});
