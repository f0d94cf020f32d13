// The map: a point each for now and target on the plane of feeling and energy, the list of words beside it,
// and the path of a playlist over it. Mouse, touch and keyboard set the same two points; nothing needs dragging.
const STEP = 0.05;
const SNAP = 0.05;
const MOST_POINTS = 8;
const STROKE_STEP = 0.03;
const STROKE_TURN = 0.1; // a line drawn by hand keeps a corner where it leaves the straight way by so much
const HOVER_PX = 14;
const BITS = { bad_low: [-1, 0], bad_high: [-1, 1], good_low: [0, 0], good_high: [0, 1] };

const clamp = (x) => Math.max(-1, Math.min(1, Math.round(x * 1000) / 1000));
const of9 = (x) => Math.round(((x + 1) / 2) * 8) + 1;
const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");

// The corners of a line drawn by hand (Douglas and Peucker).
function cornersOf(points, turn) {
  if (points.length < 3) return points;
  const [first, last] = [points[0], points.at(-1)];
  const [dx, dy] = [last[0] - first[0], last[1] - first[1]];
  const length = Math.hypot(dx, dy) || 1;
  let [far, at] = [0, 0];
  points.forEach(([x, y], index) => {
    const off = Math.hypot(dx, dy) < 0.01
      ? Math.hypot(x - first[0], y - first[1])
      : Math.abs(dx * (y - first[1]) - dy * (x - first[0])) / length;
    if (off > far) [far, at] = [off, index];
  });
  if (far <= turn) return [first, last];
  return [...cornersOf(points.slice(0, at + 1), turn).slice(0, -1), ...cornersOf(points.slice(at), turn)];
}

class Plane {
  constructor(root) {
    this.root = root;
    this.pending = null;
    this.typed = { letters: "", at: 0 };
    this.active = "present";
    this.lists = {};
    this.markers = {};
    this.buildOnce();
  }

  buildOnce() {
    const wrap = html("div", { class: "wrap" }, null, this.root);
    this.lists.present = html("div", { class: "list now" }, null, wrap);
    this.middle = html("div", { class: "middle" }, null, wrap);
    this.lists.target = html("div", { class: "list to" }, null, wrap);
    this.which = html("div", { class: "which", role: "radiogroup" }, null, this.middle);
    this.box = html("div", { class: "box" }, null, this.middle);
    this.canvas = svg("svg", { class: "plane", role: "group" }, this.box);
    this.back = svg("g", { "aria-hidden": "true" }, this.canvas);
    this.routeLayer = svg("g", { "aria-hidden": "true" }, this.canvas);
    this.pathLayer = svg("g", { "aria-hidden": "true" }, this.canvas);
    this.throughLayer = svg("g", {}, this.canvas);
    this.front = svg("g", {}, this.canvas);
    this.tip = html("div", { class: "tip", "aria-hidden": "true", hidden: "" }, null, this.box);
    this.legend = html("p", { class: "legend" }, null, this.middle);
    this.throughList = html("div", { class: "through-list" }, null, this.middle);
    this.caption = html("p", { class: "caption" }, "", this.middle);
    this.live = html("div", { class: "said", role: "status", "aria-live": "polite" }, "", this.middle);
    for (const name of ["present", "target"]) this.buildMarker(name);
    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    this.canvas.addEventListener("pointerup", (event) => this.up(event));
    this.canvas.addEventListener("pointercancel", () => this.cancel());
    this.canvas.addEventListener("pointerleave", () => this.showTip(null));
    this.observer = new ResizeObserver(() => this.layOut());
    this.observer.observe(this.box);
  }

  buildMarker(name) {
    const group = svg("g", { class: `marker ${name}`, "data-name": name, tabindex: "0", role: "slider", "aria-valuemin": -1, "aria-valuemax": 1 }, this.front);
    if (name === "present") {
      svg("circle", { class: "halo", r: 12 }, group);
      svg("circle", { class: "ink", r: 12 }, group);
    } else {
      svg("rect", { class: "halo", x: -11, y: -11, width: 22, height: 22, rx: 3 }, group);
      svg("rect", { class: "ink", x: -11, y: -11, width: 22, height: 22, rx: 3 }, group);
    }
    svg("circle", { class: "touch", r: 22 }, group);
    const label = svg("g", { class: "label" }, group);
    svg("rect", { rx: 9, height: 20, y: -10 }, label);
    svg("text", { dy: "0.34em", "text-anchor": "middle" }, label);
    group.addEventListener("focus", () => this.setActive(name));
    group.addEventListener("blur", () => this.commit(name));
    group.addEventListener("keydown", (event) => this.key(event, name));
    this.markers[name] = group;
  }

  update(data, send) {
    const first = !this.data;
    this.data = data;
    this.send = send;
    this.pending = null;
    this.root.classList.toggle("one", Boolean(data.only_target || data.only_show));
    if (data.only_target) this.active = "target";
    else if (first) this.active = data.present || data.unsaid ? "target" : "present";
    this.canvas.setAttribute("aria-label", data.texts.title);
    if (this.active.startsWith("through") && !data.through) this.active = "target";
    // A route that is to be drawn is what the map sets next.
    if (data.through && !this.wasDrawn && (data.present || data.unsaid)) this.active = "through";
    this.wasDrawn = Boolean(data.through);
    this.fillLists();
    this.fillWhich();
    this.layOut();
    this.fillThrough();
  }

  point(name) {
    if (this.pending && this.pending.name === name) return this.pending.at;
    if (name.startsWith("through:")) return this.data.through?.[Number(name.slice(8))] || null;
    return this.data[name] ? this.data[name].at : null;
  }

  wordAt([valence, arousal]) {
    if (Math.hypot(valence, arousal) <= this.data.neutral) return this.data.texts.middle;
    let best = null;
    let nearest = Infinity;
    for (const place of this.data.places) {
      const far = Math.hypot(place.at[0] - valence, place.at[1] - arousal);
      if (far < nearest) [best, nearest] = [place, far];
    }
    return best ? best.name : this.data.texts.middle;
  }

  says(at, word) {
    return fill(this.data.texts.says, { word: word || this.wordAt(at), feeling: of9(at[0]), energy: of9(at[1]) });
  }

  // --- words ---------------------------------------------------------------------------------------------------
  fillLists() {
    const { texts, places, only_show: onlyShow } = this.data;
    for (const name of ["present", "target"]) {
      const list = this.lists[name];
      list.hidden = Boolean(onlyShow || (name === "present" && this.data.only_target));
      if (list.hidden) {
        list.replaceChildren();
        continue;
      }
      const chosen = this.data[name];
      const said = chosen ? chosen.word || this.exactWord(chosen.at) : null;
      const focused = list.getRootNode().activeElement?.dataset?.word && list.contains(list.getRootNode().activeElement)
        ? list.getRootNode().activeElement.dataset.word : null;
      list.replaceChildren();
      const head = html("div", { class: "head", id: `head-${name}` }, null, list);
      html("span", { class: `sign ${name}`, "aria-hidden": "true" }, null, head);
      html("span", {}, this.data.only_target ? texts.own_list : texts[`${name}_list`], head);
      const group = html("div", { class: "words", role: "radiogroup", "aria-labelledby": `head-${name}` }, null, list);
      let quadrant = null;
      for (const place of places) {
        const row = html("div", { class: `row ${place.quadrant}${place.quadrant !== quadrant ? " first" : ""}` }, null, group);
        quadrant = place.quadrant;
        html("i", { class: "tint", "aria-hidden": "true" }, null, row);
        place.words.forEach((word, index) => {
          if (index) html("span", { class: "or", "aria-hidden": "true" }, texts.or, row);
          this.word(row, word, said === word || said === place.name, () => this.choose(name, place.at, word));
        });
      }
      if (this.data.only_target) {
        this.makeRoving(group, focused);
        continue;
      }
      const extra = html("div", { class: "row extra" }, null, group);
      if (name === "present") this.word(extra, texts.they_say, Boolean(this.data.unsaid), () => this.say(name, "unsaid"));
      else this.word(extra, texts.stay, Boolean(this.data.stay), () => this.say(name, "stay"));
      this.makeRoving(group, focused);
    }
  }

  makeRoving(group, focused) {
    const buttons = [...group.querySelectorAll("button")];
    const stop = buttons.find((b) => b.getAttribute("aria-checked") === "true") || buttons[0];
    buttons.forEach((button) => (button.tabIndex = button === stop ? 0 : -1));
    group.addEventListener("keydown", (event) => this.rove(event, buttons));
    if (focused) buttons.find((b) => b.dataset.word === focused)?.focus();
  }

  word(row, word, chosen, press) {
    const button = html("button", { type: "button", role: "radio", "aria-checked": String(chosen), "data-word": word }, word, row);
    button.addEventListener("click", press);
  }

  rove(event, buttons) {
    const at = buttons.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    buttons[(to + buttons.length) % buttons.length].focus();
  }

  exactWord(at) {
    const place = this.data.places.find((p) => Math.hypot(p.at[0] - at[0], p.at[1] - at[1]) < 0.01);
    return place ? place.name : null;
  }

  fillWhich() {
    const { texts, only_show: onlyShow } = this.data;
    this.which.replaceChildren();
    this.which.hidden = Boolean(onlyShow || this.data.only_target);
    this.which.setAttribute("aria-label", texts.which);
    html("span", { class: "ask", "aria-hidden": "true" }, texts.which, this.which);
    for (const name of this.data.through ? ["present", "through", "target"] : ["present", "target"]) {
      const button = html("button", { type: "button", role: "radio", "aria-checked": String(this.active === name), class: name }, null, this.which);
      html("span", { class: `sign ${name}`, "aria-hidden": "true" }, null, button);
      html("span", {}, texts[name], button);
      button.addEventListener("click", () => this.setActive(name));
    }
  }

  setActive(name) {
    this.active = name;
    for (const button of this.which.querySelectorAll("button")) {
      button.setAttribute("aria-checked", String(button.classList.contains(name.split(":")[0])));
    }
    this.markers.present.classList.toggle("active", name === "present");
    this.markers.target.classList.toggle("active", name === "target");
  }

  // --- a drawn route ---------------------------------------------------------------------------------------------
  throughNow() {
    return (this.data.through || []).map((at, index) => this.point(`through:${index}`) || at);
  }

  setThrough(points, focus = null) {
    this.pending = null;
    this.data.through = points.slice(0, MOST_POINTS).map(([x, y]) => [clamp(x), clamp(y)]);
    this.live.textContent = this.data.through.map((at, index) => this.saysThrough(index, at)).join("; ") || this.data.texts.through_how;
    this.draw();
    this.fillThrough();
    if (focus !== null) this.throughLayer.children[Math.min(focus, this.data.through.length - 1)]?.focus();
    this.send({ which: "through", points: this.data.through });
  }

  saysThrough(index, at) {
    return `${fill(this.data.texts.through_n, { n: index + 1 })}: ${this.says(at)}`;
  }

  addThrough() {
    const points = this.throughNow();
    const from = points.at(-1) || this.point("present") || [0, 0];
    const to = this.point("target") || [0, 0];
    this.active = "through";
    this.fillWhich();
    this.setThrough([...points, [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]], points.length);
  }

  removeThrough(index) {
    this.setThrough(this.throughNow().filter((_, at) => at !== index));
  }

  drawn(stroke) {
    const length = stroke.slice(1).reduce((sum, at, i) => sum + Math.hypot(at[0] - stroke[i][0], at[1] - stroke[i][1]), 0);
    if (length < 2 * STROKE_TURN) return this.setThrough([...this.throughNow(), stroke[0]]);
    let turn = STROKE_TURN;
    let corners = cornersOf(stroke, turn);
    const near = (at, name) => this.point(name) && Math.hypot(at[0] - this.point(name)[0], at[1] - this.point(name)[1]) < 0.15;
    if (near(corners[0], "present")) corners = corners.slice(1);
    if (corners.length && near(corners.at(-1), "target")) corners = corners.slice(0, -1);
    while (corners.length > MOST_POINTS) corners = cornersOf(corners, (turn *= 1.4));
    return this.setThrough(corners);
  }

  fillThrough() {
    const { texts, places, through } = this.data;
    const list = this.throughList;
    const focused = list.contains(list.getRootNode().activeElement) ? list.getRootNode().activeElement.dataset.is : null;
    list.replaceChildren();
    list.hidden = !through || this.data.only_show;
    if (list.hidden) return;
    html("p", { class: "how" }, texts.through_how, list);
    const rows = html("ol", {}, null, list);
    through.forEach((at, index) => {
      const row = html("li", {}, null, rows);
      const name = fill(texts.through_n, { n: index + 1 });
      const choice = html("select", { "aria-label": name, "data-is": `place ${index}` }, null, row);
      const exact = this.exactWord(at);
      if (!exact) html("option", { value: "", selected: "" }, fill(texts.through_own, { place: this.wordAt(at) }), choice);
      for (const place of places) {
        const option = html("option", { value: place.at.join() }, place.name, choice);
        option.selected = place.name === exact;
      }
      choice.addEventListener("change", () => {
        if (choice.value) this.setThrough(this.throughNow().map((p, i) => (i === index ? choice.value.split(",").map(Number) : p)));
      });
      const out = html("button", { type: "button", "aria-label": `${texts.through_remove}: ${name}`, "data-is": `out ${index}` }, texts.through_remove, row);
      out.addEventListener("click", () => this.removeThrough(index));
    });
    const add = html("button", { type: "button", class: "add", "data-is": "add" }, texts.through_add, list);
    add.disabled = through.length >= MOST_POINTS;
    add.addEventListener("click", () => this.addThrough());
    if (focused) (list.querySelector(`[data-is="${focused}"]`) || add).focus();
  }

  // --- telling ---------------------------------------------------------------------------------------------------
  choose(name, at, word = null) {
    if (name.startsWith("through:")) {
      const moved = Number(name.slice(8));
      this.setThrough(this.data.through.map((p, i) => (i === moved ? at : p)), moved);
      return;
    }
    this.pending = null;
    this.data[name] = { at, word };
    if (name === "present") this.data.unsaid = false;
    else this.data.stay = false;
    if (name === "present") this.active = "target";
    this.live.textContent = `${this.data.texts[name]}: ${this.says(at, word)}`;
    this.fillLists();
    this.fillWhich();
    this.draw();
    this.send({ which: name, valence: at[0], arousal: at[1], word: word || this.exactWord(at) });
  }

  say(name, what) {
    this.data[what] = true;
    if (name === "present") this.active = "target";
    this.fillLists();
    this.fillWhich();
    this.send({ which: name, [what]: true });
  }

  // --- pointer ---------------------------------------------------------------------------------------------------
  at(event) {
    const frame = this.canvas.getBoundingClientRect();
    const x = ((event.clientX - frame.left) / frame.width) * this.size;
    const y = ((event.clientY - frame.top) / frame.height) * this.size;
    let at = [clamp(((x - this.edge) / this.side) * 2 - 1), clamp(1 - ((y - this.edge) / this.side) * 2)];
    const near = this.data.places.find((p) => Math.hypot(p.at[0] - at[0], p.at[1] - at[1]) < SNAP);
    if (near) at = near.at;
    return at;
  }

  down(event) {
    if (this.data.only_show || event.button > 0) return;
    let marker = event.target.closest?.(".marker");
    // A line may begin on the ring of now: while the route is set, only its own points are moved.
    if (this.active.startsWith("through") && !marker?.classList.contains("through")) marker = null;
    if (!marker && this.active.startsWith("through")) this.active = "through";
    const name = marker ? marker.dataset.name : this.active;
    this.setActive(name);
    if (name === "through") {
      this.dragging = { name, id: event.pointerId, stroke: [this.at(event)] };
      this.canvas.setPointerCapture(event.pointerId);
      event.preventDefault();
      return;
    }
    this.dragging = { name, id: event.pointerId, moved: !marker };
    this.canvas.setPointerCapture(event.pointerId);
    if (!marker) this.hover(name, this.at(event));
    event.preventDefault();
  }

  move(event) {
    if (!this.dragging) this.showTip(event);
    if (this.dragging?.stroke && this.dragging.id === event.pointerId) {
      const [at, last] = [this.at(event), this.dragging.stroke.at(-1)];
      if (Math.hypot(at[0] - last[0], at[1] - last[1]) > STROKE_STEP) this.dragging.stroke.push(at);
      this.drawRoute(this.dragging.stroke);
      return;
    }
    if (!this.dragging || this.dragging.id !== event.pointerId) return;
    this.dragging.moved = true;
    this.hover(this.dragging.name, this.at(event));
  }

  up(event) {
    if (!this.dragging || this.dragging.id !== event.pointerId) return;
    const { name, moved, stroke } = this.dragging;
    this.dragging = null;
    if (stroke) this.drawn(stroke);
    else if (moved) this.choose(name, this.pending ? this.pending.at : this.at(event));
    else this.marker(name)?.focus();
  }

  marker(name) {
    return name.startsWith("through:") ? this.throughLayer.children[Number(name.slice(8))] : this.markers[name];
  }

  cancel() {
    this.dragging = null;
    this.pending = null;
    this.draw();
  }

  hover(name, at) {
    this.pending = { name, at };
    this.draw();
  }

  // --- keyboard --------------------------------------------------------------------------------------------------
  key(event, name) {
    if (["Enter", "Escape"].includes(event.key)) this.typed.letters = "";
    if (this.data.only_show || event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? 5 * STEP : STEP;
    const steps = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, far], ArrowDown: [0, -far] }[event.key];
    const from = this.point(name) || [0, 0];
    if (steps) this.hover(name, [clamp(from[0] + steps[0]), clamp(from[1] + steps[1])]);
    else if (event.key === "Enter" || event.key === " ") this.choose(name, from, this.pending?.word || null);
    else if (event.key === "Escape" && this.pending) this.cancel();
    else if (["Delete", "Backspace"].includes(event.key) && name.startsWith("through:")) this.removeThrough(Number(name.slice(8)));
    else if (event.key.length === 1 && /\p{L}/u.test(event.key)) this.type(event, name);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  type(event, name) {
    const fresh = event.timeStamp - this.typed.at > 1200;
    const letter = event.key.toLowerCase();
    const letters = (fresh ? "" : this.typed.letters) + letter;
    const found = this.starting(letters) || this.starting(letter);
    this.typed = { letters: this.starting(letters) ? letters : letter, at: event.timeStamp };
    if (!found) return;
    this.hover(name, found.place.at);
    this.pending.word = found.place.words.includes(found.word) ? found.word : null;
  }

  starting(letters) {
    for (const place of this.data.places) {
      const word = [place.name, ...place.words].find((w) => w.toLowerCase().startsWith(letters));
      if (word) return { place, word };
    }
    return null;
  }

  commit(name) {
    if (this.pending && this.pending.name === name && !this.dragging) this.choose(name, this.pending.at, this.pending.word || null);
  }

  // --- drawing ---------------------------------------------------------------------------------------------------
  layOut() {
    if (!this.data) return;
    this.size = Math.max(260, Math.min(620, this.box.clientWidth || 440));
    this.edge = this.size < 380 ? 22 : 28;
    this.side = this.size - 2 * this.edge;
    this.canvas.setAttribute("viewBox", `0 0 ${this.size} ${this.size}`);
    this.drawBack();
    this.draw();
  }

  x(valence) { return this.edge + ((valence + 1) / 2) * this.side; }
  y(arousal) { return this.edge + ((1 - arousal) / 2) * this.side; }

  drawBack() {
    const { texts, places, library } = this.data;
    const g = this.back;
    g.replaceChildren();
    const half = this.side / 2;
    const clip = svg("clipPath", { id: "frame" }, g);
    svg("rect", { x: this.edge, y: this.edge, width: this.side, height: this.side, rx: 14 }, clip);
    const tints = svg("g", { "clip-path": "url(#frame)" }, g);
    for (const [name, [bx, by]] of Object.entries(BITS)) {
      const box = { x: this.edge + (bx + 1) * half, y: by ? this.edge : this.edge + half, width: half, height: half };
      svg("rect", { ...box, class: `quadrant ${name}` }, tints);
    }
    this.drawReach(g);
    svg("line", { class: "axis", x1: this.edge, x2: this.edge + this.side, y1: this.y(0), y2: this.y(0) }, g);
    svg("line", { class: "axis", y1: this.edge, y2: this.edge + this.side, x1: this.x(0), x2: this.x(0) }, g);
    svg("rect", { class: "frame", x: this.edge, y: this.edge, width: this.side, height: this.side, rx: 14 }, g);
    for (const [valence, arousal, share] of library || []) {
      svg("circle", { class: "dot", cx: this.x(valence), cy: this.y(arousal), r: 1.6 + 5 * Math.sqrt(share) }, g);
    }
    for (const place of places) {
      const lines = place.words.length > 1 ? [place.words[0], `${texts.or} ${place.words[1]}`] : [place.name];
      const text = svg("text", { class: "place", "data-at": place.at.join(), x: this.x(place.at[0]), y: this.y(place.at[1]), "text-anchor": "middle" }, g);
      lines.forEach((line, index) => {
        svg("tspan", { x: this.x(place.at[0]), dy: index ? "1.15em" : `${0.34 - 0.575 * (lines.length - 1)}em` }, text).textContent = line;
      });
    }
    const ends = [
      [texts.left, this.edge + 2, this.size - 6, "start", 0], [texts.right, this.edge + this.side - 2, this.size - 6, "end", 0],
      [texts.bottom, 14, this.edge + this.side - 2, "start", -90], [texts.top, 14, this.edge + 2, "end", -90],
    ];
    for (const [label, x, y, anchor, turn] of ends) {
      const attributes = { class: "end", x, y, "text-anchor": anchor };
      if (turn) attributes.transform = `rotate(${turn} ${x} ${y})`;
      svg("text", attributes, g).textContent = label;
    }
  }

  // Where no song lies near, and where only a few do.
  drawReach(g) {
    const { reach, texts } = this.data;
    this.legend.replaceChildren();
    this.legend.hidden = !reach?.length;
    if (!reach?.length) return;
    for (const name of ["none", "few"]) {
      const stripes = svg("pattern", { id: `stripes-${name}`, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, g);
      svg("line", { class: `stripe ${name}`, x1: 0, x2: 0, y1: 0, y2: 7 }, stripes);
    }
    const width = 2 / reach.length;
    const side = this.side / reach.length;
    const squares = ["", ""];
    reach.forEach((column, x) => column.forEach((level, y) => {
      if (level < 2) squares[level] += `M${this.x(-1 + x * width).toFixed(1)} ${this.y(-1 + (y + 1) * width).toFixed(1)}h${side}v${side}h${-side}z`;
    }));
    svg("path", { fill: "url(#stripes-few)", d: squares[1], "clip-path": "url(#frame)" }, g);
    svg("path", { fill: "url(#stripes-none)", d: squares[0], "clip-path": "url(#frame)" }, g);
    for (const name of ["none", "few"]) {
      const part = html("span", {}, null, this.legend);
      html("i", { class: `swatch ${name}`, "aria-hidden": "true" }, null, part);
      html("span", {}, texts[`reach_${name}`], part);
    }
  }

  // What lies under the pointer, in words.
  showTip(event) {
    const { library, labels } = this.data || {};
    this.tip.hidden = true;
    if (!event || !labels?.length) return;
    const frame = this.canvas.getBoundingClientRect();
    const scale = this.size / frame.width;
    const [px, py] = [(event.clientX - frame.left) * scale, (event.clientY - frame.top) * scale];
    const near = library
      .map(([valence, arousal], index) => [Math.hypot(this.x(valence) - px, this.y(arousal) - py), index])
      .filter(([far]) => far < HOVER_PX)
      .sort((a, b) => a[0] - b[0]);
    if (!near.length) return;
    this.tip.replaceChildren();
    for (const [, index] of near.slice(0, 3)) html("bdi", {}, labels[index], this.tip);
    if (near.length > 3) html("span", {}, `+ ${near.length - 3}`, this.tip);
    this.tip.hidden = false;
    const half = this.tip.offsetWidth / 2;
    const x = Math.max(half, Math.min(frame.width - half, px / scale));
    this.tip.style.left = `${x}px`;
    this.tip.style.top = `${py / scale + (py / this.size < 0.2 ? 20 : -this.tip.offsetHeight - 12)}px`;
  }

  drawRoute(stroke = null) {
    const g = this.routeLayer;
    g.replaceChildren();
    const layer = this.throughLayer;
    const points = this.throughNow();
    const shown = this.data.through ? points : [];
    while (layer.children.length > shown.length) layer.lastChild.remove();
    while (layer.children.length < shown.length) this.buildThrough(layer.children.length);
    shown.forEach((at, index) => {
      const group = layer.children[index];
      group.setAttribute("transform", `translate(${this.x(at[0])} ${this.y(at[1])})`);
      group.setAttribute("aria-label", fill(this.data.texts.through_n, { n: index + 1 }));
      group.setAttribute("aria-roledescription", this.data.texts.role);
      group.setAttribute("aria-valuenow", at[0]);
      group.setAttribute("aria-valuetext", this.says(at));
    });
    if (!this.data.through && !stroke) return;
    const ends = [this.point("present"), ...(stroke || points), this.point("target")].filter(Boolean);
    svg("polyline", { class: "route", points: ends.map((at) => `${this.x(at[0])},${this.y(at[1])}`).join(" ") }, g);
  }

  buildThrough(index) {
    const name = `through:${index}`;
    const group = svg("g", { class: "marker through", "data-name": name, tabindex: "0", role: "slider", "aria-valuemin": -1, "aria-valuemax": 1 }, this.throughLayer);
    svg("rect", { class: "ink", x: -9, y: -9, width: 18, height: 18, rx: 3, transform: "rotate(45)" }, group);
    svg("circle", { class: "touch", r: 22 }, group);
    group.addEventListener("focus", () => this.setActive(name));
    group.addEventListener("blur", () => this.commit(name));
    group.addEventListener("keydown", (event) => this.key(event, name));
  }

  draw() {
    if (!this.data || !this.size) return;
    this.drawRoute();
    this.drawPath();
    const places = { present: this.point("present"), target: this.point("target") };
    for (const name of ["present", "target"]) this.drawMarker(name, places[name], places);
    const covering = [...Object.values(places).filter(Boolean), ...this.throughNow(), ...(this.data.path || []).map((song) => song.at)];
    for (const text of this.back.querySelectorAll(".place")) {
      const [valence, arousal] = text.dataset.at.split(",").map(Number);
      const covered = covering.some((at) => Math.abs(at[0] - valence) < 0.14 && Math.abs(at[1] - arousal) < 0.07);
      text.classList.toggle("covered", covered);
    }
    this.setActive(this.active);
  }

  drawPath() {
    const { path, texts } = this.data;
    const g = this.pathLayer;
    g.replaceChildren();
    this.caption.textContent = path?.length ? this.data.alt || "" : texts.one_breath;
    if (!path?.length) return;
    const scale = this.side / 2;
    for (const song of path) {
      svg("ellipse", { class: "spread", cx: this.x(song.at[0]), cy: this.y(song.at[1]), rx: song.spread[0] * scale, ry: song.spread[1] * scale }, g)
        .setAttribute("clip-path", "url(#frame)");
    }
    svg("polyline", { class: "path", points: path.map((s) => `${this.x(s.at[0])},${this.y(s.at[1])}`).join(" ") }, g);
    path.forEach((song, index) => {
      const dot = svg("g", { class: song.unsure ? "song unsure" : "song", transform: `translate(${this.x(song.at[0])} ${this.y(song.at[1])})` }, g);
      svg("circle", { r: 10 }, dot);
      svg("text", { dy: "0.35em", "text-anchor": "middle" }, dot).textContent = String(index + 1);
    });
  }

  drawMarker(name, at, places) {
    const group = this.markers[name];
    const { texts, only_show: onlyShow } = this.data;
    const unused = this.data.only_target && name === "present";
    const hidden = !at || unused || (onlyShow && !this.data[name]);
    if (unused) group.removeAttribute("tabindex");
    group.setAttribute("aria-hidden", String(unused));
    const place = at || (name === "present" ? [0, 0] : [0, 0]);
    group.classList.toggle("unset", hidden);
    group.setAttribute("transform", `translate(${this.x(place[0])} ${this.y(place[1])})`);
    group.setAttribute("aria-label", texts[name]);
    group.setAttribute("aria-roledescription", texts.role);
    group.setAttribute("aria-valuenow", place[0]);
    const word = this.pending?.name === name ? this.pending.word : this.data[name]?.word;
    group.setAttribute("aria-valuetext", at ? this.says(at, word) : texts.not_set);
    if (onlyShow) group.removeAttribute("tabindex");
    const short = this.data.only_target ? texts.own_short : texts[`${name}_short`];
    const label = group.querySelector(".label");
    label.querySelector("text").textContent = short;
    const width = 16 + 6.6 * short.length;
    const box = label.querySelector("rect");
    box.setAttribute("width", width);
    box.setAttribute("x", -width / 2);
    const other = places[name === "present" ? "target" : "present"];
    const close = other && Math.hypot(other[0] - place[0], other[1] - place[1]) < 0.25;
    const above = name === "present" ? !(close && other[1] > place[1]) : Boolean(close && other[1] <= place[1]);
    let y = above ? -26 : 26;
    if (this.y(place[1]) + y < 12) y = 26;
    if (this.y(place[1]) + y > this.size - 12) y = -26;
    const x = Math.max(width / 2 + 2 - this.x(place[0]), Math.min(0, this.size - width / 2 - 2 - this.x(place[0])));
    label.setAttribute("transform", `translate(${x} ${y})`);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".attune-plane");
  root.plane ??= new Plane(root);
  root.plane.update(structuredClone(data), (value) => setTriggerValue("chosen", value));
}
