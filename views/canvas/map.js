// Draws arrays of sites and villages on one canvas over a Leaflet map, and tells a click back by the site's id.
(function () {
  "use strict";
  let map = null, canvas = null, layers = [], shownAt = "", fitted = "";
  const say = (type, more) => window.parent.postMessage(Object.assign({ isStreamlitMessage: true, type: type }, more), "*");
  const tip = document.getElementById("tip");

  // bytes of a message may begin anywhere: copied, so that the array begins at its own
  const typed = (Kind, bytes) => bytes ? new Kind(bytes.slice().buffer) : new Kind(0);

  function unpack(args) {
    return JSON.parse(args.plan).map((layer) => {
      const own = (key, Kind) => typed(Kind, args[layer.name + "_" + key]);
      layer.names = layer.names ? layer.names.split("\n") : [];
      layer.bubbles = [];
      layer.of = own("class", Uint8Array);
      if (layer.kind === "areas") {
        layer.dashed = new Set(layer.dashed);
        for (const level of ["coarse", "fine"]) {
          if (!args[layer.name + "_" + level + "_at"]) { continue; }
          const found = { at: own(level + "_at", Float64Array), ends: own(level + "_ends", Uint32Array),
                          whose: own(level + "_whose", Uint32Array) };
          found.box = boxes(found);
          layer[level] = found;
        }
      } else {
        layer.at = own("at", Float64Array);
        layer.counts = own("counts", Uint32Array);
      }
      return layer;
    });
  }

  function boxes(rings) {
    const box = new Float64Array(rings.ends.length * 4);
    let n = 0;
    rings.ends.forEach((end, r) => {
      let w = Infinity, s = Infinity, e = -Infinity, t = -Infinity;
      for (; n < end; n++) {
        const x = rings.at[2 * n], y = rings.at[2 * n + 1];
        if (x < w) { w = x; } if (x > e) { e = x; } if (y < s) { s = y; } if (y > t) { t = y; }
      }
      box.set([w, s, e, t], r * 4);
    });
    return box;
  }

  // in a dark page lines are pale (dark.css does the same for what Leaflet draws)
  const dark = () => map.getContainer().classList.contains("ma-dark");

  function sprite(look, square) {
    const ratio = window.devicePixelRatio || 1, size = 16;
    const small = document.createElement("canvas");
    small.width = small.height = size * ratio;
    const pen = small.getContext("2d");
    pen.scale(ratio, ratio);
    if (square) {
      pen.fillStyle = "#ffffff"; pen.strokeStyle = "#222222";
      pen.fillRect(0.5, 0.5, 15, 15); pen.strokeRect(0.5, 0.5, 15, 15);
      pen.translate(3, 3); pen.scale(0.625, 0.625);
    }
    const path = new Path2D(look.path);
    pen.fillStyle = look.colour; pen.strokeStyle = dark() && !square ? "#e8eef2" : "#1a1a1a";
    pen.fill(path); pen.stroke(path);
    return small;
  }

  function frame() {
    const size = map.getSize(), ratio = window.devicePixelRatio || 1;
    if (canvas.width !== size.x * ratio || canvas.height !== size.y * ratio) {
      canvas.width = size.x * ratio; canvas.height = size.y * ratio;
      canvas.style.width = size.x + "px"; canvas.style.height = size.y + "px";
    }
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, size.x, size.y);
    const scale = Math.pow(2, map.getZoom());
    const corner = map.getPixelBounds().min;
    return { pen: pen, size: size, scale: scale, x: corner.x, y: corner.y };
  }

  function draw() {
    if (!map) { return; }
    const began = performance.now(), f = frame();
    for (const layer of layers) {
      if (layer.kind === "areas") { areas(layer, f); } else { points(layer, f); }
    }
    ringed(f);
    document.body.dataset.took = String(Math.round(performance.now() - began));
    const crowds = layers.flatMap((layer) => layer.bubbles || []);
    document.body.dataset.bubbles = String(crowds.length);
    document.body.dataset.counted = String(crowds.reduce((sum, crowd) => sum + crowd.n, 0));
    document.body.dataset.drawn = String(layers.reduce((sum, layer) => sum + layer.names.length, 0));
  }

  // a shape of fewer pixels is a box without a line; a path of more rings takes longer than two of half as many
  const SPECK = 4.5, BATCH = 200;
  function areas(layer, f) {
    const rings = layer.coarse && f.scale <= layer.near ? layer.coarse : layer.fine;
    const pen = f.pen, paths = new Map();
    pen.lineWidth = 1; pen.strokeStyle = dark() ? "#aab4bc" : "#333333";
    const put = (key, path) => {
      pen.globalAlpha = layer.opacity;
      pen.fillStyle = layer.classes[key >> 1].colour;
      pen.fill(path, "evenodd");
      pen.globalAlpha = 1;
      pen.setLineDash(key & 1 ? [5, 4] : []);
      pen.stroke(path);
    };
    let n = 0;
    for (let r = 0; r < rings.ends.length; r++) {
      const end = rings.ends[r], b = r * 4;
      const w = rings.box[b] * f.scale - f.x, s = rings.box[b + 1] * f.scale - f.y;
      const e = rings.box[b + 2] * f.scale - f.x, t = rings.box[b + 3] * f.scale - f.y;
      if (e < 0 || t < 0 || w > f.size.x || s > f.size.y) { n = end; continue; }
      const village = rings.whose[r];
      if (e - w < SPECK && t - s < SPECK) {
        pen.globalAlpha = layer.opacity;
        pen.fillStyle = layer.classes[layer.of[village]].colour;
        pen.fillRect(w, s, e - w, t - s);
        n = end;
        continue;
      }
      const key = layer.of[village] * 2 + (layer.dashed.has(village) ? 1 : 0);
      let found = paths.get(key);
      if (!found || found.rings > BATCH && village !== found.village) {  // holes stay with their village
        if (found) { put(key, found.path); }
        found = { path: new Path2D(), rings: 0 };
        paths.set(key, found);
      }
      for (let first = true; n < end; n++, first = false) {
        const x = rings.at[2 * n] * f.scale - f.x, y = rings.at[2 * n + 1] * f.scale - f.y;
        if (first) { found.path.moveTo(x, y); } else { found.path.lineTo(x, y); }
      }
      found.path.closePath();
      found.rings++;
      found.village = village;
    }
    for (const [key, found] of paths) { put(key, found.path); }
    pen.globalAlpha = 1;
    pen.setLineDash([]);
  }

  // more marks than this in view would lie on one another: those of one neighbourhood are counted in a bubble
  const DENSE = 5000, CELL = 46;
  function bubbles(layer, f) {
    const cells = new Map();
    for (let n = 0; n < layer.of.length; n++) {
      const x = layer.at[2 * n] * f.scale - f.x, y = layer.at[2 * n + 1] * f.scale - f.y;
      if (x < 0 || y < 0 || x > f.size.x || y > f.size.y) { continue; }
      const key = Math.floor((x + f.x) / CELL) + ":" + Math.floor((y + f.y) / CELL);
      let cell = cells.get(key);
      if (!cell) { cell = { x: 0, y: 0, n: 0, of: new Uint32Array(layer.classes.length) }; cells.set(key, cell); }
      cell.x += x; cell.y += y; cell.n++; cell.of[layer.of[n]]++;
    }
    layer.bubbles = [];
    for (const cell of cells.values()) { bubble(layer, f, cell.x / cell.n, cell.y / cell.n, cell.n, cell.of); }
  }

  // counted by the server already, for a zoom level near this one
  function counted(layer, f) {
    const kinds = layer.classes.length;
    layer.bubbles = [];
    for (let n = 0; 2 * n < layer.at.length; n++) {
      const x = layer.at[2 * n] * f.scale - f.x, y = layer.at[2 * n + 1] * f.scale - f.y;
      if (x < 0 || y < 0 || x > f.size.x || y > f.size.y) { continue; }
      const of = layer.counts.subarray(n * kinds, (n + 1) * kinds);
      bubble(layer, f, x, y, of.reduce((sum, many) => sum + many, 0), of);
    }
  }

  // a ring that shows the shares, and how many
  function bubble(layer, f, x, y, n, of) {
    const pen = f.pen, r = Math.min(CELL / 2, 9 + 2.2 * Math.log2(n));
    let from = -Math.PI / 2;
    of.forEach((many, kind) => {
      if (!many) { return; }
      const to = from + 2 * Math.PI * many / n;
      pen.beginPath(); pen.moveTo(x, y); pen.arc(x, y, r, from, to); pen.closePath();
      pen.fillStyle = layer.classes[kind].colour; pen.fill();
      from = to;
    });
    pen.textAlign = "center"; pen.textBaseline = "middle"; pen.font = "600 11px sans-serif";
    pen.beginPath(); pen.arc(x, y, r * 0.68, 0, 2 * Math.PI); pen.fillStyle = "#ffffff"; pen.fill();
    pen.beginPath(); pen.arc(x, y, r, 0, 2 * Math.PI); pen.lineWidth = 1; pen.strokeStyle = "#1a1a1a"; pen.stroke();
    pen.fillStyle = "#1a1a1a";
    pen.fillText(n.toLocaleString(document.documentElement.lang), x, y, r * 1.36 - 2);  // narrower where it is too wide
    layer.bubbles.push({ x: x, y: y, r: r, n: n, layer: layer });
  }

  // seen from so far that nothing of it has a name: a click goes closer
  const tooFar = (layer) => !layer.names.length;

  function bubbleAt(at) {
    for (const layer of layers) {
      const found = (layer.bubbles || []).find((one) => Math.hypot(one.x - at.x, one.y - at.y) <= CELL * 0.75);
      if (found) { return found; }
    }
    return null;
  }

  function points(layer, f) {
    const pen = f.pen, at = layer.at, half = 8, pale = dark();
    layer.bubbles = [];
    if (layer.kind === "counts") { counted(layer, f); return; }
    if (layer.kind === "marks" && inView(layer, f) > DENSE) { bubbles(layer, f); return; }
    const side = markSize(layer, f), middle = side / 2;
    if (layer.kind === "marks") { layer.sprites = layer.sprites || layer.classes.map((look) => sprite(look, layer.square)); }
    for (let n = 0; n < layer.of.length; n++) {
      const x = at[2 * n] * f.scale - f.x, y = at[2 * n + 1] * f.scale - f.y;
      if (x < -half || y < -half || x > f.size.x + half || y > f.size.y + half) { continue; }
      if (layer.kind === "marks") {
        pen.drawImage(layer.sprites[layer.of[n]], x - middle, y - middle, side, side);
      } else if (layer.kind === "rings") {
        if (pale) { pen.beginPath(); pen.arc(x, y, side * 0.46, 0, 2 * Math.PI); pen.fillStyle = "#e8eef2"; pen.fill(); }
        pen.beginPath(); pen.arc(x, y, side * 0.31, 0, 2 * Math.PI);
        pen.fillStyle = "#ffffff"; pen.fill();
        pen.lineWidth = side * 0.19; pen.strokeStyle = layer.classes[layer.of[n]].colour; pen.stroke();
      } else {
        pen.font = "700 12px sans-serif"; pen.textAlign = "center"; pen.textBaseline = "middle";
        pen.beginPath(); pen.arc(x, y, Math.max(12, pen.measureText(layer.ranks[n]).width / 2 + 5), 0, 2 * Math.PI);
        pen.fillStyle = layer.classes[0].colour; pen.fill();
        pen.lineWidth = 2.5; pen.strokeStyle = "#1a1a1a"; pen.stroke();
        pen.fillStyle = "#1a1a1a";
        pen.fillText(layer.ranks[n], x, y);
      }
    }
  }

  // pixels a mark may take: as many as leave room for all that are in view
  function markSize(layer, f) {
    const seen = inView(layer, f);
    return Math.max(5, Math.min(16, Math.sqrt(f.size.x * f.size.y / Math.max(seen, 1)) * 0.9));
  }

  function inView(layer, f) {
    let seen = 0;
    for (let n = 0; n < layer.of.length; n++) {
      const x = layer.at[2 * n] * f.scale - f.x, y = layer.at[2 * n + 1] * f.scale - f.y;
      if (x >= 0 && y >= 0 && x <= f.size.x && y <= f.size.y) { seen++; }
    }
    return seen;
  }

  // the site that is chosen on the page
  function ringed(f) {
    if (!map.maSite) { return; }
    const sought = map.maSite + " · ";
    for (const layer of layers) {
      if (layer.kind === "areas" || layer.bubbles.length) { continue; }
      if (layer.sought !== sought) {  // once a layer and site, not once a drawing
        layer.sought = sought;
        layer.found = layer.names.findIndex((name) => name.startsWith(sought));
      }
      const n = layer.found;
      if (n < 0) { continue; }
      const pen = f.pen;
      pen.beginPath();
      pen.arc(layer.at[2 * n] * f.scale - f.x, layer.at[2 * n + 1] * f.scale - f.y, 15, 0, 2 * Math.PI);
      pen.lineWidth = 3; pen.strokeStyle = "#c51b7d"; pen.stroke();
      return;
    }
  }

  // the topmost site within reach of a finger (of the cross, by key: farther), else the village around
  function hit(at, reach, above) {
    const f = { scale: Math.pow(2, map.getZoom()), x: map.getPixelBounds().min.x, y: map.getPixelBounds().min.y };
    for (let l = layers.length - 1; l >= (above || 0); l--) {
      const layer = layers[l];
      if (layer.kind === "areas") { const found = inside(layer, at, f); if (found) { return found; } continue; }
      if (layer.bubbles.length || !layer.names.length) { continue; }
      let best = reach * reach, found = -1;
      for (let n = 0; n < layer.of.length; n++) {
        const x = layer.at[2 * n] * f.scale - f.x - at.x, y = layer.at[2 * n + 1] * f.scale - f.y - at.y;
        const far = x * x + y * y;
        if (far < best) { best = far; found = n; }
      }
      if (found >= 0) { return layer.names[found]; }
    }
    return "";
  }

  function inside(layer, at, f) {
    const x = (at.x + f.x) / f.scale, y = (at.y + f.y) / f.scale, rings = layer.fine;
    const odd = new Map();
    for (let r = 0; r < rings.ends.length; r++) {
      const b = r * 4;
      if (x < rings.box[b] || x > rings.box[b + 2] || y < rings.box[b + 1] || y > rings.box[b + 3]) { continue; }
      const start = r ? rings.ends[r - 1] : 0, end = rings.ends[r];
      let within = false;
      for (let i = start, j = end - 1; i < end; j = i++) {
        const xi = rings.at[2 * i], yi = rings.at[2 * i + 1], xj = rings.at[2 * j], yj = rings.at[2 * j + 1];
        if ((yi > y) !== (yj > y) && x < (xj - xi) * (y - yi) / (yj - yi) + xi) { within = !within; }
      }
      if (within) { odd.set(rings.whose[r], !odd.get(rings.whose[r])); }
    }
    for (const [village, yes] of odd) { if (yes) { return layer.names[village] || ""; } }
    return "";
  }

  function make(args) {
    map = L.map("map", { zoomSnap: 0.25, attributionControl: true, minZoom: 0, maxZoom: 19, zoomAnimation: false });
    map.attributionControl.setPrefix("");
    L.control.scale().addTo(map);
    canvas = L.DomUtil.create("canvas", "", map.getPanes().overlayPane);
    canvas.setAttribute("role", "img");
    map.on("move zoom resize viewreset", () => window.requestAnimationFrame(draw));
    map.on("chosen", draw);
    map.on("darkened", () => { for (const layer of layers) { layer.sprites = null; } draw(); });
    map.on("move moveend resize", ask);
    map.on("zoomstart movestart", () => tell("", { x: 0, y: 0 }));
    map.on("click", (event) => {
      if (drawing) { return; }
      const crowd = bubbleAt(event.containerPoint);
      const name = hit(event.containerPoint, 11, crowd ? layers.indexOf(crowd.layer) + 1 : 0);
      if (name) { choose(name); } else if (crowd || layers.some(tooFar)) { map.setView(event.latlng, Math.min(map.getZoom() + 2, 18)); }
    });
    map.on("mousemove", (event) => { tell(hit(event.containerPoint, 11), event.containerPoint); });
    keys();
  }

  // more than a page should hold: what lies in view is asked for, with half a view more on each side, one answer at a time
  let source = null, own = [], seen = null, asking = null;
  const late = document.getElementById("late");
  function ask() {
    if (!source || asking || !map.getSize().x) { return; }
    const zoom = Math.max(0, Math.floor(map.getZoom() + 0.001));  // a cell is then never smaller on the screen than counted
    const scale = Math.pow(2, map.getZoom()), pixels = map.getPixelBounds(), half = map.getSize().divideBy(2);
    const box = [pixels.min.x, pixels.min.y, pixels.max.x, pixels.max.y].map((side) => side / scale);
    const url = source.url + "/" + zoom;
    if (seen && seen.url === url && box.every((side, n) => n < 2 ? side >= seen.box[n] : side <= seen.box[n])) { return; }
    const more = [-half.x, -half.y, half.x, half.y].map((side, n) => box[n] + side / scale);
    const began = performance.now(), mine = asking = new AbortController();
    const clocks = [setTimeout(() => { warn(source.waiting); stale(); }, 1500), setTimeout(() => mine.abort(), 60000)];
    const over = () => { clocks.forEach(clearTimeout); return mine === asking; };  // else another map is asked for by now
    fetch(url + "?box=" + more.join(","), { credentials: "same-origin", signal: mine.signal }).then((answer) => {
      if (answer.status === 404) { again(); }
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.arrayBuffer();
    }).then((bytes) => {
      if (!over()) { return; }
      warn("");
      seen = { url: url, box: more, layers: unpack(decoded(bytes)) };
      layers = seen.layers.concat(own);
      asking = null;
      draw();
      document.body.dataset.inview = zoom + " " + bytes.byteLength;
      document.body.dataset.painted = String(Math.round(performance.now() - began));
      ask();  // the map may have been moved on meanwhile
    }).catch(() => {
      if (!over()) { return; }
      asking = null;  // what is drawn stays; the next move asks again
      stale();
      warn(source.failed);
    });
  }

  function warn(words) {
    late.textContent = words;
    late.style.display = words ? "block" : "none";
  }

  // what was drawn for other figures does not stay under these
  function stale() {
    if (seen && !seen.url.startsWith(source.url + "/")) { seen = null; layers = own; draw(); }
  }

  // the server no longer holds this map (it was started anew, or drew many others since): the script makes it again
  let told = 0;
  function again() {
    if (Date.now() - told < 5000) { return; }
    told = Date.now();
    say("streamlit:setComponentValue", { value: { again: true, at: told }, dataType: "json" });
  }

  function decoded(bytes) {
    const length = new DataView(bytes).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
    const args = { plan: head.plan };
    let from = 4 + length;
    for (const name in head.lengths) {
      args[name] = new Uint8Array(bytes, from, head.lengths[name]);
      from += head.lengths[name];
    }
    return args;
  }

  let drawing = false;
  function choose(name) {
    if (name && !drawing) { say("streamlit:setComponentValue", { value: { name: name, at: Date.now() }, dataType: "json" }); }
  }

  function tell(name, at) {
    tip.textContent = name;
    tip.style.display = name ? "block" : "none";
    tip.style.left = Math.min(at.x + 14, map.getSize().x - 180) + "px";
    tip.style.top = at.y + 14 + "px";
  }

  // tools and ground: put on once, and the drawing that the address holds
  let tiles = null, shape = null, tooled = false, under = "";
  function around(args) {
    if (args.words && !tooled) {
      tooled = true;
      (function put(to, from) {
        for (const name in from) {
          if (typeof from[name] === "object") { put(to[name] = to[name] || {}, from[name]); } else { to[name] = from[name]; }
        }
      })(L.drawLocal, args.words);
      map.addControl(new L.Control.Draw({ position: "topleft", edit: false, draw: args.draw }));
      map.on("draw:created", (event) => {
        say("streamlit:setComponentValue", { value: { drawn: event.layer.toGeoJSON(), at: Date.now() }, dataType: "json" });
      });
      map.on("draw:drawstart draw:drawstop", (event) => { drawing = event.type === "draw:drawstart"; });
    }
    if (shape) { map.removeLayer(shape); shape = null; }
    if (args.shape) {
      shape = L.geoJSON(args.shape, { interactive: false, style: { color: args.colour, weight: 3, dashArray: "6 4", fillOpacity: 0.08 } });
      shape.addTo(map);
    }
    const wanted = JSON.stringify(args.ground);
    if (wanted !== under) {
      under = wanted;
      if (tiles) { map.removeLayer(tiles); tiles = null; }
      if (args.ground) {
        const make = args.ground.vector ? L.vectorGrid.protobuf : L.tileLayer;
        tiles = make(args.ground.url, args.ground.options).addTo(map);
        map.attributionControl.addAttribution(args.ground.options.attribution);
      }
    }
  }

  // without a mouse: arrows move the map under a cross, + and - zoom, Enter chooses what the cross is on
  function keys() {
    const box = map.getContainer(), cross = document.getElementById("cross");
    const middle = () => map.getSize().divideBy(2);
    const look = () => { if (document.activeElement === box) { tell(hit(middle(), 30), middle()); } };
    box.addEventListener("focus", () => { cross.style.display = box.matches(":focus-visible") ? "block" : "none"; look(); });
    box.addEventListener("blur", () => { cross.style.display = "none"; tell("", middle()); });
    box.addEventListener("keydown", (event) => { if (event.key === "Enter") { choose(hit(middle(), 30)); } });
    map.on("moveend", look);
  }

  window.addEventListener("message", (event) => {
    if (event.data.type !== "streamlit:render") { return; }
    const args = event.data.args, began = performance.now();
    document.getElementById("map").style.height = args.height + "px";
    document.documentElement.lang = args.lang;
    if (!map) { make(args); }
    canvas.setAttribute("aria-label", args.label);
    const bounds = JSON.stringify(args.bounds), goal = JSON.stringify(args.goal);
    if (bounds !== fitted) {
      fitted = bounds;
      map.fitBounds(args.bounds);
    }
    if (goal !== shownAt && args.goal) { map.setView([args.goal[0], args.goal[1]], args.goal[2]); }
    shownAt = goal;
    around(args);
    own = unpack(args);
    if (!args.source) { if (asking) { asking.abort(); } source = seen = asking = null; warn(""); }
    layers = seen ? seen.layers.concat(own) : own;
    const near = Math.pow(2, map.getBoundsZoom(args.bounds) + 2);
    for (const layer of own) { layer.near = near; }
    draw();
    if (args.source) {
      if (asking && source.url !== args.source.url) { asking.abort(); asking = null; }
      source = args.source;
      ask();
    }
    document.body.dataset.painted = String(Math.round(performance.now() - began));
    say("streamlit:setFrameHeight", { height: args.height });
  });
  say("streamlit:componentReady", { apiVersion: 1 });
})();
