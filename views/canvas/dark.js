// Has a map follow the theme of the page around it: by the class ma-dark, told as "darkened" where it changes.
(function () {
  "use strict";
  let page = null;
  try { page = window.parent !== window && window.parent.document.querySelector(".stApp"); } catch (error) { page = null; }
  const dark = () => Boolean(page) && window.parent.getComputedStyle(page).colorScheme === "dark";
  const maps = [];
  function put() {
    document.documentElement.classList.toggle("ma-dark-page", dark());
    for (const map of maps) {
      const box = map.getContainer(), wanted = dark() && !map.getPane("tilePane").querySelector(".leaflet-layer");
      if (box.classList.contains("ma-dark") !== wanted) {
        box.classList.toggle("ma-dark", wanted);
        map.fire("darkened");
      }
    }
  }
  if (page) {
    const watch = new MutationObserver(put);
    watch.observe(page, { attributes: true });
    window.addEventListener("pagehide", () => watch.disconnect());
  }
  L.Map.addInitHook(function () {
    maps.push(this);
    this.on("layeradd layerremove", (event) => { if (event.layer instanceof L.TileLayer) { put(); } });
    this.whenReady(put);
  });
})();
