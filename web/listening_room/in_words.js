// How somebody feels, one question a screen and in words: Simple and One-switch.
// Scales of their own, never turned into numbers.

const WORDS = {
  simple3: { feeling: ["good", "middle", "not_good"], energy: ["a_lot", "some", "a_little"] },
  switch5: { feeling: ["very_good", "good", "middle", "bad", "very_bad"], energy: ["very_awake", "awake", "middle", "sleepy", "very_sleepy"] },
};

raters.words = (phase, next) => {
  const item = place.word_item === phase + "-energy" ? "energy" : "feeling";
  const choices = WORDS[state.scale.id][item];
  const choose = (value) => {
    if (item === "feeling") return go(place.screen, { word_item: phase + "-energy", word_feeling: value });
    const values = { feeling: place.word_feeling ?? null, energy: value };
    const missing = Object.keys(values).filter((key) => values[key] === null);
    Object.assign(place, { word_item: "", word_feeling: null });
    return give(phase, values, Object.fromEntries(missing.map((key) => [key, "not_sure"])), next);
  };
  const bars = (i) => h("span", { class: "bars", "aria-hidden": "true" }, choices.map((_, j) => h("i", { class: j < choices.length - i ? "on" : "" })));
  return [
    title("word_" + item),
    actions(
      choices.map((choice, i) => press([bars(i), say("word_" + choice)], () => choose(choice), "word")),
      button("word_not_sure", () => choose(null), "quiet")),
  ];
};
