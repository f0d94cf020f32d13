// A run chart: what was said before and after each session, as points joined by a line, and a band of the ordinary ups
// and downs of one answer. No red, no green; it prints in grey.

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".attune-run");
  root.replaceChildren();
  const { points, band, texts } = data;
  // As wide as there is room for: six sessions stand on a phone without scrolling, or nearly.
  const step = Math.max(50, Math.min(74, ((root.clientWidth || 900) - 84) / Math.max(1, points.length)));
  const left = 54;
  const top = 22;
  const tall = 220;
  const wide = left + step * Math.max(points.length, 3) + 30;
  const y = (share) => top + tall * (1 - share);
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "group");
  scroll.setAttribute("aria-label", texts.title);
  root.append(scroll);
  const chart = svg("svg", { viewBox: `0 0 ${wide} ${tall + 52}`, width: wide, height: tall + 52, role: "img", "aria-label": texts.alt }, scroll);
  // The scale once more, over its own place: it stays in sight where the sessions are scrolled under it.
  const scale = svg("svg", { class: "pinned", viewBox: `0 0 ${left - 4} ${tall + 52}`, width: left - 4, height: tall + 52, "aria-hidden": "true" }, null);
  scroll.prepend(scale);
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    svg("text", { class: "scale", x: left - 8, y: y(share) + 4, "text-anchor": "end" }, scale, String(Math.round(100 * share)));
    svg("line", { class: share === 0.5 ? "mid" : "grid", x1: left, x2: wide - 10, y1: y(share), y2: y(share) }, chart);
    svg("text", { class: "scale", x: left - 8, y: y(share) + 4, "text-anchor": "end" }, chart, String(Math.round(100 * share)));
  }
  points.forEach((point, index) => {
    const x = left + step * (index + 0.5);
    const up = Math.max(0, Math.min(1, point.before + band));
    const down = Math.max(0, Math.min(1, point.before - band));
    svg("rect", { class: "band", x: x - 0.3 * step, width: 0.6 * step, y: y(up), height: y(down) - y(up), rx: 6 }, chart);
    svg("line", { class: "change", x1: x - 11, y1: y(point.before), x2: x + 11, y2: y(point.after) }, chart);
    svg("circle", { class: "before", cx: x - 11, cy: y(point.before), r: 6 }, chart);
    svg("rect", { class: "after", x: x + 5, y: y(point.after) - 6, width: 12, height: 12, rx: 2 }, chart);
    svg("text", { class: step < 62 ? "day close" : "day", x, y: top + tall + 22, "text-anchor": "middle" }, chart, point.day);
    svg("text", { class: step < 62 ? "value close" : "value", x, y: top + tall + 40, "text-anchor": "middle" }, chart, `${Math.round(100 * point.before)} → ${Math.round(100 * point.after)}`);
  });
  scroll.scrollLeft = scroll.scrollWidth; // where it does not fit, the latest sessions are the ones in sight
  // The key stands below the chart as text that wraps: inside the drawing it would be cut off on a phone.
  const key = document.createElement("p");
  key.className = "key";
  for (const [mark, says] of [["before", texts.before], ["after", texts.after], ["band", texts.band]]) {
    const entry = document.createElement("span");
    const picture = svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, entry);
    if (mark === "before") svg("circle", { class: mark, cx: 8, cy: 8, r: 6 }, picture);
    else svg("rect", { class: mark, x: 2, y: 2, width: 12, height: 12, rx: mark === "band" ? 4 : 2 }, picture);
    entry.append(says);
    key.append(entry);
  }
  root.append(key);
}
