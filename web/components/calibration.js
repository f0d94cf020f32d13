// Rated against estimated: a point for each tenth of the tracks, and the diagonal on which estimates are right on average.

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".attune-calibration");
  root.replaceChildren();
  const place = (value) => 100 * Math.max(-1, Math.min(1, value));
  const chart = svg("svg", { viewBox: "-132 -112 244 256", width: 244, height: 256, role: "img", "aria-label": data.alt }, root);
  svg("rect", { class: "frame", x: -100, y: -100, width: 200, height: 200, rx: 10 }, chart);
  svg("line", { class: "right", x1: -100, y1: 100, x2: 100, y2: -100 }, chart);
  for (const [estimated, rated] of data.points) svg("circle", { class: "dot", cx: place(estimated), cy: -place(rated), r: 5 }, chart);
  svg("text", { class: "end", x: 0, y: 122, "text-anchor": "middle" }, chart, data.across);
  svg("text", { class: "end", x: 0, y: 0, "text-anchor": "middle", transform: "translate(-112 0) rotate(-90)" }, chart, data.up);
}
