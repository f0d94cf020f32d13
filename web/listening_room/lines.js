// How somebody feels, on lines: Standard and Calm.

let draft = {}; // the answers as they stand, until they are said to be right

const LINES = {
  valence: { asks: "before_title", name: "feeling", ends: ["feeling_low", "feeling_high"],
    icons: ["M4 16a12 12 0 1 0 24 0a12 12 0 1 0-24 0M11 13v.1M21 13v.1M10.5 22c3-4 8-4 11 0",
      "M4 16a12 12 0 1 0 24 0a12 12 0 1 0-24 0M11 13v.1M21 13v.1M10.5 19c3 4 8 4 11 0"] },
  arousal: { asks: "energy_title", name: "energy", ends: ["energy_low", "energy_high"],
    icons: ["M3 15c5 7 21 7 26 0M7 19l-2 3M13 21l-1 4M19 21l1 4M25 19l2 3",
      "M3 16c6-10 20-10 26 0c-6 10-20 10-26 0zM16 12a4 4 0 1 0 0 8a4 4 0 1 0 0-8z"] },
};

function linesInOrder() {
  const two = state.scale.feeling_first ? ["valence", "arousal"] : ["arousal", "valence"];
  return [...two, ...["tension", "pain"].filter((one) => state.scale[one])];
}

function line(key, heading) {
  const { name, ends, icons } = LINES[key];
  return anyLine(key, heading, { name: say(name), ends: [say(ends[0]), say(ends[1])], icons, start: 50, says: (value) => say("value_text", { value }) });
}

// `least` to `most` in steps of `one`; the buttons beside it move by `by`.
function anyLine(key, heading, { name, ends, icons, least = 0, most = 100, one = 1, by = 5, start, says }) {
  const input = h("input", { type: "range", min: least, max: most, step: one, value: start, "aria-labelledby": "line-" + key,
    "aria-valuetext": say("not_answered"), class: "untouched" });
  const set = (value) => {
    draft[key] = Math.min(Math.max(least + Math.round((value - least) / one) * one, least), most);
    input.value = draft[key];
    input.classList.remove("untouched");
    input.setAttribute("aria-valuetext", says(draft[key]));
    byId("ask")?.replaceChildren();
  };
  input.addEventListener("input", () => set(Number(input.value)));
  // A tap on the line moves there in every browser, also where the native control only drags.
  input.addEventListener("pointerdown", (event) => {
    const box = input.getBoundingClientRect();
    const thumb = 40;
    set(least + ((most - least) * (event.clientX - box.left - thumb / 2)) / (box.width - thumb));
  });
  const step = (by, sign, word) => press(sign, () => set(Number(input.value) + by), "step", { "aria-label": say(word, { line: name }) });
  heading.id = "line-" + key;
  return h("div", { class: "line" }, heading,
    h("div", { class: "ends" }, h("span", {}, icons && icon(icons[0]), ends[0]), h("span", {}, ends[1], icons && icon(icons[1]))),
    h("div", { class: "row" }, step(-by, "−", "less"), input, step(by, "+", "more")));
}

raters.lines = (phase, next) => {
  draft = {};
  const keys = linesInOrder();
  const all = (value) => Object.fromEntries(keys.map((key) => [key, value]));
  const done = () => give(phase, Object.fromEntries(keys.map((key) => [key, (draft[key] ?? 50) / 100])), {}, next);
  const ask = () => {
    const untouched = keys.filter((key) => draft[key] === undefined);
    if (!untouched.length) return done();
    const text = untouched.length === 1 ? say("middle_one", { line: say("line_" + LINES[untouched[0]].name) }) : say("middle_all");
    const change = () => {
      byId("ask").replaceChildren();
      byId("screen").querySelector("input.untouched")?.focus();
    };
    byId("ask").replaceChildren(h("p", { tabindex: "-1" }, text), actions(button("middle_yes", done, "primary"), button("middle_no", change)));
    return byId("ask").firstChild.focus();
  };
  const leave = (why) => () => give(phase, all(null), all(why), next);
  // Before the music each line is a question; later there is one question, and the same lines in the same order.
  const asked = (key, i) => (phase === "before" ? h(i ? "h2" : "h1", { tabindex: "-1" }, say(LINES[key].asks)) : h("h2", { class: "name" }, say(LINES[key].name)));
  return [
    phase !== "before" && title(phase === "middle" ? "middle_title" : "after_title"),
    keys.map((key, i) => line(key, asked(key, i))),
    soft(say("no_right_answer")),
    h("div", { id: "ask", class: "ask" }),
    actions(
      button("this_is_right", ask, "primary"),
      phase !== "middle" && button("not_sure", leave("not_sure")),
      phase !== "before" && button("skip", leave("skipped"), "quiet")),
  ];
};
