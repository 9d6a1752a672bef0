// Two maps in one: what is left of the handle is of one scenario, what is right of it of the other.
(function (told) {
  "use strict";
  const map = L.map("map", { zoomSnap: 0.25 });
  map.setView([0, 118], 4);
  L.control.scale({ imperial: false }).addTo(map);
  const handle = document.getElementById("handle"), line = document.getElementById("line");
  const panes = told.sides.map((side, n) => {
    const name = "side" + n, pane = map.createPane(name);
    pane.style.zIndex = 400;
    const renderer = L.svg({ pane: name, padding: 1 });
    L.geoJSON(side, {
      style: (feature) => Object.assign({ pane: name, renderer: renderer }, feature.properties.style),
      pointToLayer: (feature, at) => L.circleMarker(at, Object.assign(
        { pane: name, renderer: renderer, radius: feature.properties.radius || 8 }, feature.properties.style)),
      onEachFeature: (feature, layer) => {
        if (feature.properties.label) { layer.bindTooltip(feature.properties.label, { sticky: true }); }
      },
    }).addTo(map);
    return pane;
  });
  function cut() {
    const size = map.getSize(), at = size.x * handle.value / 100;
    const nw = map.containerPointToLayerPoint([0, 0]), se = map.containerPointToLayerPoint(size), x = nw.x + at;
    panes[0].style.clip = "rect(" + [nw.y, x, se.y, nw.x].join("px,") + "px)";
    panes[1].style.clip = "rect(" + [nw.y, se.x, se.y, x].join("px,") + "px)";
    line.style.left = at + "px";
  }
  handle.addEventListener("input", cut);
  map.on("move zoom resize zoomend", cut);
  // a page inside something folded has no size yet: it is fitted once it has
  let fitted = false;
  new ResizeObserver(() => {
    map.invalidateSize();
    if (!fitted && map.getSize().x > 0) {
      fitted = true;
      map.fitBounds(told.bounds, { animate: false });
      document.body.dataset.ready = "yes";
    }
    cut();
  }).observe(document.getElementById("map"));
})(JSON.parse(document.getElementById("told").textContent));
