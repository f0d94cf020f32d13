// How somebody feels: two lines, words, or what a carer sees. Not knowing is an answer.

let draft = {}; // the answers as they stand, until they are said to be right

const LINES = {
  valence: { title: { before: "before_title", after: "after_title", middle: "middle_title" }, name: "feeling",
    icons: ["M4 16a12 12 0 1 0 24 0a12 12 0 1 0-24 0M11 13v.1M21 13v.1M10.5 22c3-4 8-4 11 0",
      "M4 16a12 12 0 1 0 24 0a12 12 0 1 0-24 0M11 13v.1M21 13v.1M10.5 19c3 4 8 4 11 0"] },
  arousal: { title: { before: "energy_title" }, name: "energy",
    icons: ["M3 15c5 7 21 7 26 0M7 19l-2 3M13 21l-1 4M19 21l1 4M25 19l2 3",
      "M3 16c6-10 20-10 26 0c-6 10-20 10-26 0zM16 12a4 4 0 1 0 0 8a4 4 0 1 0 0-8z"] },
  tension: { title: { before: "tension_title" }, name: "tension", icons: ["M4 16h24", "M4 16l4-7l4 14l4-14l4 14l4-14l4 7"] },
  pain: { title: { before: "pain_title" }, name: "pain", icons: ["M4 16h24", "M17 3l-7 14h6l-2 12l9-16h-7l4-10z"] },
  felt_right: { title: { before: "felt_right_title" }, name: "felt_right", icons: null },
};

function linesInOrder() {
  const two = state.scale.feeling_first ? ["valence", "arousal"] : ["arousal", "valence"];
  return [...two, ...["tension", "pain"].filter((one) => state.scale[one])];
}

function line(key, phase, tag) {
  const { name, icons, title: titles } = LINES[key];
  const id = "line-" + key;
  const input = h("input", { type: "range", min: "0", max: "100", step: "1", value: "50", "aria-labelledby": id,
    "aria-valuetext": say("not_answered"), class: "untouched" });
  const set = (value) => {
    draft[key] = Math.min(Math.max(Math.round(value), 0), 100);
    input.value = draft[key];
    input.classList.remove("untouched");
    input.setAttribute("aria-valuetext", say("value_text", { value: draft[key] }));
    byId("ask")?.replaceChildren();
  };
  input.addEventListener("input", () => set(Number(input.value)));
  // A tap on the line moves there in every browser, also where the native control only drags.
  input.addEventListener("pointerdown", (event) => {
    const box = input.getBoundingClientRect();
    const thumb = 40;
    set((100 * (event.clientX - box.left - thumb / 2)) / (box.width - thumb));
  });
  const step = (by, sign, word) => h("button", { type: "button", class: "step", "aria-label": say(word, { line: say(name) }),
    onclick: () => set(Number(input.value) + by) }, sign);
  return h("div", { class: "line" },
    h(tag, { id, tabindex: tag === "h1" ? "-1" : null }, say(titles[phase] || titles.before)),
    h("div", { class: "ends" }, h("span", {}, icons && icon(icons[0]), say(name + "_low")), h("span", {}, say(name + "_high"), icons && icon(icons[1]))),
    h("div", { class: "row" }, step(-5, "−", "less"), input, step(5, "+", "more")));
}

function give(phase, values, missing, next) {
  answers.add("check_in", { phase, values, missing });
  if (phase === "before") place.said = values;
  next(values);
}

function rateOnLines(phase, next) {
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
    byId("ask").replaceChildren(h("p", { tabindex: "-1" }, text),
      actions(button(say("middle_yes"), done, "primary"), button(say("middle_no"), change)));
    return byId("ask").firstChild.focus();
  };
  const leave = (why) => () => give(phase, all(null), all(why), next);
  return [
    keys.map((key, i) => line(key, phase, i ? "h2" : "h1")),
    soft(say("no_right_answer")),
    h("div", { id: "ask", class: "ask" }),
    actions(
      button(say("this_is_right"), ask, "primary"),
      phase !== "middle" && button(say("not_sure"), leave("not_sure")),
      phase !== "before" && button(say("skip"), leave("skipped"), "quiet")),
  ];
}

// One question a screen, in words: scales of their own, never turned into numbers here.
const WORDS = {
  simple3: { feeling: ["good", "middle", "not_good"], energy: ["a_lot", "some", "a_little"] },
  switch5: { feeling: ["very_good", "good", "middle", "bad", "very_bad"], energy: ["very_awake", "awake", "middle", "sleepy", "very_sleepy"] },
};

function rateInWords(phase, next) {
  const choices = WORDS[state.scale.id];
  const item = place.word_item === phase + "-energy" ? "energy" : "feeling";
  if (item === "feeling") draft = {};
  const choose = (value) => {
    draft[item] = value;
    if (item === "feeling") return go(place.screen, { word_item: phase + "-energy" });
    place.word_item = "";
    const values = { feeling: draft.feeling ?? null, energy: draft.energy ?? null };
    return give(phase, values, Object.fromEntries(Object.keys(values).filter((key) => values[key] === null).map((key) => [key, "not_sure"])), next);
  };
  const bar = (i, of) => h("span", { class: "bars", "aria-hidden": "true" }, Array.from({ length: of }, (_, j) => h("i", { class: j < of - i ? "on" : "" })));
  return [
    title(say("word_" + item)),
    actions(
      choices[item].map((choice, i) => h("button", { type: "button", class: "word", onclick: () => choose(choice) }, bar(i, choices[item].length), say("word_" + choice))),
      button(say("word_not_sure"), () => choose(null), "quiet")),
  ];
}

function radios(name, legend, choices) {
  const options = choices.map(([value, text]) => h("label", {}, h("input", { type: "radio", name, value, onchange: () => (draft[name] = value) }), h("span", {}, text)));
  return h("fieldset", {}, h("legend", {}, legend), options);
}

const seenChoices = (item, choices) => choices.map((choice) => [choice, say(item + "_" + choice)]);

function seen(phase, next) {
  draft = {};
  const isBefore = phase === "before";
  const note = notice("told");
  const finish = () => {
    if (isBefore && !draft.agreed) return (note.textContent = say("agreed_missing"));
    if (isBefore && draft.agreed === "no") {
      answers.add("not_now", { assent: "no" });
      return go("refused");
    }
    if (isBefore) answers.add("assent", { how: draft.agreed });
    const text = byId("words-text")?.value.trim();
    if (text) answers.add("words", { text, by: "carer" });
    const values = {};
    const missing = {};
    for (const item of ["looks", "body"]) {
      const value = draft[item];
      values[item] = !value || value === "cannot_tell" ? null : value;
      if (values[item] === null) missing[item] = value || "skipped";
    }
    return give(phase, values, missing, next);
  };
  return [
    title(say(isBefore ? "seen_before" : "seen_after")),
    isBefore && para("seen_text"),
    radios("looks", say("looks"), seenChoices("looks", ["at_ease", "in_between", "upset", "cannot_tell"])),
    radios("body", say("body"), seenChoices("body", ["still", "in_between", "restless", "cannot_tell"])),
    isBefore && radios("agreed", say("agreed"), seenChoices("agreed", ["words", "behaviour", "not_said", "no"])),
    !isBefore && textBox("seen_anything"),
    note,
    actions(button(say(isBefore ? "next" : "finish"), finish, "primary")),
  ];
}

function textBox(key) {
  return h("label", { class: "text" }, h("span", {}, say(key)), h("textarea", { id: "words-text", maxlength: "300", rows: "3" }));
}

function rate(phase, next) {
  if (is("carer")) return seen(phase, next);
  return WORDS[state.scale.id] ? rateInWords(phase, next) : rateOnLines(phase, next);
}

// Asked, never decided, and at most once in a session.
function afterMiddle(values) {
  const before = place.said || {};
  const fell = state.pleasure_drop !== null && values.valence !== null && before.valence != null
    && before.valence - values.valence >= state.pleasure_drop - 1e-9;
  const [high, up] = state.tension_high;
  const isTense = values.tension != null && before.tension != null && values.tension >= high && values.tension - before.tension >= up;
  if (isTense) answers.add("told", { where: "tension" });
  if ((fell || isTense) && !place.question_asked) return go("question", { question_asked: true });
  sound.duck(false);
  return go("playing");
}
