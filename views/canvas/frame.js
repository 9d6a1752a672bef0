// Ties a map to the page around it: its theme, language and address, the site that is chosen there, and keys.
(function () {
  "use strict";
  L.Control.Scale.prototype.options.imperial = false;
  let page = null;
  try { page = window.parent !== window && window.parent.document.querySelector(".stApp"); } catch (error) { page = null; }
  const outside = page ? window.parent : null, maps = [];
  const dark = () => Boolean(page) && outside.getComputedStyle(page).colorScheme === "dark";
  const told = (name) => { const mark = page && outside.document.querySelector("[" + name + "]"); return mark ? mark.getAttribute(name) : ""; };
  const words = () => window.maWords || JSON.parse(told("data-ma-map") || "{}");

  // as high as its frame: the projector's, and that of a page whose map is the page
  function filled() {
    let frame = null;
    try { frame = window.frameElement; } catch (error) { frame = null; }
    const fill = Boolean(page && frame && (told("data-ma-fill") || frame.closest("[class*=st-key-mapbox-]")));
    document.documentElement.classList.toggle("ma-fill", fill);
    return fill;
  }

  function put() {
    document.documentElement.classList.toggle("ma-dark-page", dark());
    if (page) { document.documentElement.lang = outside.document.documentElement.lang; }
    const say = words(), site = told("data-ma-site"), fill = filled();
    if (window.frameElement && say.map && window.frameElement.title !== say.map) { window.frameElement.title = say.map; }
    for (const map of maps) {
      const box = map.getContainer(), wanted = dark() && !map.getPane("tilePane").querySelector(".leaflet-layer");
      if (box.classList.contains("ma-dark") !== wanted) {
        box.classList.toggle("ma-dark", wanted);
        map.fire("darkened");
      }
      if (fill && map.getSize().y !== window.innerHeight) { map.invalidateSize(); }
      name(box, say);
      if (map.maSite !== site) { choose(map, site); }
    }
  }

  // what Leaflet says in English
  function name(box, say) {
    const parts = { "control-zoom-in": say.closer, "control-zoom-out": say.farther, "control-layers-toggle": say.layers, "popup-close-button": say.close };
    for (const part in parts) {
      const button = box.querySelector(".leaflet-" + part), word = parts[part];
      if (button && word) { button.title = word; button.setAttribute("aria-label", word); }
    }
    if (say.map) { box.setAttribute("role", "application"); box.setAttribute("aria-label", say.map); }
  }

  // the site that is chosen on the page is ringed, without drawing anything anew
  function choose(map, site) {
    map.eachLayer((layer) => {
      const label = layer.feature && layer.feature.properties.label, element = label && layer.getElement && layer.getElement();
      if (element) { element.classList.toggle("ma-chosen", Boolean(site) && label.startsWith(site + " · ")); }
    });
    if (map.maSite !== site) { map.maSite = site; map.fire("chosen"); }
  }

  // the view is kept in the address behind "#": only where a reader moved the map; a link with it opens there
  function keep(map) {
    if (!page || window.frameElement !== outside.document.querySelector("iframe")) { return; }
    const box = map.getContainer(), form = /^#map=([\d.]+)\/(-?[\d.]+)\/(-?[\d.]+)$/;
    let touched = 0, view = "";
    const found = outside.maOpened ? null : form.exec(outside.location.hash), begun = Date.now();
    outside.maOpened = true;
    // the map is fitted to its area once more or less soon after it was made: until it rests it is put back
    function open() {
      const zoom = Number(found[1]), at = L.latLng(Number(found[2]), Number(found[3]));
      if (map.getZoom() !== zoom || map.getCenter().distanceTo(at) > 20) { map.setView(at, zoom, { animate: false }); }
    }
    if (found) {
      view = outside.location.hash;
      setTimeout(open, 60);
    }
    const moving = {  // a press on a mark moves the map too, to make room for what it opens: that is not meant
      wheel: () => true, touchmove: () => true, dblclick: () => true, pointermove: (one) => one.buttons > 0,
      click: (one) => one.target.closest(".leaflet-control-zoom, .leaflet-control-locate"),
      keydown: (one) => /^Arrow|^[-+=]$/.test(one.key),
    };
    for (const event in moving) {
      box.addEventListener(event, (one) => { if (moving[event](one)) { touched = Date.now(); } }, { capture: true, passive: true });
    }
    map.on("moveend", () => {
      if (found && !touched && Date.now() - begun < 3000) { open(); return; }
      const at = map.getCenter(), moved = Date.now() - touched < 1500;
      view = moved ? "#map=" + [map.getZoom(), at.lat.toFixed(5), at.lng.toFixed(5)].join("/") : "";
      write();
    });
    function write() {
      const now = outside.location, mine = form.test(now.hash) ? now.hash : "";
      if (mine !== view) { outside.history.replaceState(outside.history.state, "", now.pathname + now.search + view); }
    }
    const clock = setInterval(write, 1000);  // the page writes its own part of the address anew
    window.addEventListener("pagehide", () => clearInterval(clock));
  }

  // tiles that do not come are taken away, and it is said; the map never waits for them
  function watch(map, layer) {
    let came = 0, failed = 0;
    function over() {
      if (came || !map.hasLayer(layer)) { return; }
      map.removeLayer(layer);
      note(map, layer.options.told);
    }
    layer.on("tileload", () => { came += 1; });
    layer.on("tileerror", () => { failed += 1; if (failed >= 3) { over(); } });
    setTimeout(over, 8000);
  }

  function note(map, text) {
    const line = L.control({ position: "bottomleft" });
    line.onAdd = () => {
      const box = L.DomUtil.create("div", "ma-note");
      box.setAttribute("role", "status");
      box.textContent = text;
      return box;
    };
    line.addTo(map);
    setTimeout(() => line.remove(), 30000);
  }

  // drawing without a mouse: the arrows move the map under a cross, Enter puts a corner there, a second Enter ends
  function drawn(map) {
    if (L.Control.Locate) {  // it would say so in a box of the browser, in English
      L.Control.Locate.prototype.options.onLocationError = (error, control) => note(control._map, words().nowhere || error.message);
    }
    const box = map.getContainer(), cross = L.DomUtil.create("div", "ma-cross", box);
    cross.setAttribute("aria-hidden", "true");
    const tool = () => map.maDrawing && map.maDrawing.enabled() ? map.maDrawing : null;
    if (L.Draw && L.Draw.Feature && !L.Draw.Feature.prototype.maEnable) {
      const kind = L.Draw.Feature.prototype;
      kind.maEnable = kind.enable;
      kind.enable = function () {
        this._map.maDrawing = this;
        const byKey = document.activeElement && document.activeElement.matches(":focus-visible");
        kind.maEnable.call(this);
        if (byKey && this.enabled()) {
          this._map.getContainer().focus();
          this._map.fire("drawnbykey");
        }
      };
    }
    map.on("drawnbykey", () => { cross.style.display = "block"; note(map, words().keys || ""); });
    map.on("draw:drawstop", () => { cross.style.display = "none"; });
    let begun = null;
    map.on("draw:drawstart", () => { begun = null; });
    box.addEventListener("keydown", (event) => {
      const now = tool(), at = map.getCenter();
      if (event.key !== "Enter" || !now || event.target !== box) { return; }
      event.preventDefault();
      event.stopPropagation();
      if (now.addVertex) {
        const last = now._markers[now._markers.length - 1];
        if (last && last.getLatLng().equals(at)) { now.completeShape(); } else { now.addVertex(at); }
      } else if (!begun) {
        begun = at;
        now._startLatLng = at;
        now._isDrawing = true;
      } else if (!begun.equals(at)) {
        now._drawShape(at);
        now._fireCreatedEvent();
        now.disable();
      }
    }, true);
  }

  window.addEventListener("resize", put);
  if (page) {
    const watcher = new MutationObserver(put);
    watcher.observe(page, { attributes: true });
    watcher.observe(outside.document.documentElement, { attributes: true, attributeFilter: ["lang"] });
    window.addEventListener("pagehide", () => watcher.disconnect());
  }
  document.addEventListener("keydown", (event) => {
    if (page && (event.key === "PageUp" || event.key === "PageDown")) {  // a pointer's keys are the page's, also from the map
      event.preventDefault();
      const init = { key: event.key, code: event.code, keyCode: event.keyCode, bubbles: true, cancelable: true };
      outside.document.body.dispatchEvent(new outside.KeyboardEvent("keydown", init));
    }
    if (event.key === "Escape") { for (const map of maps) { map.closePopup(); } }
  });
  // what was fitted into the map stays so while its frame grows or a panel opens beside it, until a reader looks elsewhere
  function stayFitted(map) {
    const fit = map.fitBounds;
    let whole = null;
    map.fitBounds = function (bounds, options) {
      const view = map._getBoundsCenterZoom(L.latLngBounds(bounds), options || {}), first = whole === null;
      whole = { bounds: bounds, center: view.center, zoom: view.zoom };
      return fit.call(map, bounds, first ? Object.assign({}, options, { animate: false }) : options);
    };
    const again = () => map.fitBounds(whole.bounds, { animate: false });
    map.on("resize", () => {
      const there = whole && map.getZoom() === whole.zoom
        && map.latLngToContainerPoint(whole.center).distanceTo(map.getSize().divideBy(2)) < 8;
      if (!there) { return; }
      if (map._animatingZoom) { map.once("zoomend", again); } else { again(); }
    });
  }

  L.Map.addInitHook(function () {
    maps.push(this);
    stayFitted(this);
    // its box may grow after it was drawn, without the window's: what fills the frame is told by a sheet that comes when it comes
    if (window.ResizeObserver) { new ResizeObserver(() => this.invalidateSize({ debounceMoveend: true })).observe(this.getContainer()); }
    this.on("layeradd layerremove", (event) => {
      if (event.layer instanceof L.TileLayer) {
        if (event.type === "layeradd" && event.layer.options.told) { watch(this, event.layer); }
        put();
      }
      if (event.type === "layeradd" && this.maSite) { const map = this; clearTimeout(map.maLater); map.maLater = setTimeout(() => choose(map, map.maSite), 50); }
    });
    this.on("popupopen", () => name(this.getContainer(), words()));
    this.whenReady(() => { put(); keep(this); drawn(this); });
  });
})();
