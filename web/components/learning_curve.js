// R² by number of tracks: a line for the model, dashed for three features alone, and their ends in numbers.

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".attune-curve");
  root.replaceChildren();
  const across = (n) => -100 + (200 * n) / data.most;
  const down = (value) => 100 - 200 * Math.min(1, (value - data.lowest) / (1 - data.lowest));
  const chart = svg("svg", { viewBox: "-152 -112 264 268", width: 264, height: 268, role: "img", "aria-label": data.alt }, root);
  svg("rect", { class: "frame", x: -100, y: -100, width: 200, height: 200, rx: 10 }, chart);
  for (const kind of ["three", "own"]) {
    const points = data[kind].map(([n, value]) => `${across(n)},${down(value)}`).join(" ");
    svg("polyline", { class: `line ${kind}`, points }, chart);
    for (const [n, value] of data[kind]) svg("circle", { class: `dot ${kind}`, cx: across(n), cy: down(value), r: 4 }, chart);
  }
  const end = (x, y, anchor, text) => svg("text", { class: "end", x, y, "text-anchor": anchor }, chart, text);
  end(-105, -90, "end", "1");
  end(-105, 100, "end", data.foot);
  end(-100, 117, "middle", "0");
  end(100, 117, "middle", String(data.most));
  end(0, 138, "middle", data.across);
  svg("text", { class: "end", x: 0, y: 0, "text-anchor": "middle", transform: "translate(-140 0) rotate(-90)" }, chart, data.up);
}
