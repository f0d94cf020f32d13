// A scale that the clinic has brought itself: one question a screen, in its own words and on its own numbers.

raters.own = (phase, next) => {
  const items = state.scale.items.filter((item) => phase === "after" || !item.after_only);
  const so_far = place.own?.phase === phase ? place.own : { phase, n: 0, values: {}, why: {} };
  const item = items[so_far.n];
  const answer = (value, reason) => {
    const values = { ...so_far.values, [item.id]: value };
    const why = reason ? { ...so_far.why, [item.id]: reason } : so_far.why;
    draft = {};
    if (so_far.n + 1 < items.length) return go(place.screen, { own: { phase, n: so_far.n + 1, values, why } });
    place.own = null;
    return give(phase, values, why, next);
  };
  const asked = heading((phase === "after" && item.question_after) || item.question);
  const unsure = button("not_sure", () => answer(null, "not_sure"), "quiet");
  if (item.choices.length) {
    return [asked, actions(item.choices.map((choice) => press(choice.label, () => answer(choice.id), "word")), unsure)];
  }
  const { minimum: least, maximum: most } = item;
  const one = item.step ?? (most - least) / 100;
  const on = { name: item.question, ends: [item.low_anchor, item.high_anchor], least, most, one,
    by: Math.max(one, (most - least) / 20), start: item.start ?? (least + most) / 2, says: String };
  // Where it stands is no answer until somebody has said that it is right there.
  const ask = () => {
    const change = () => {
      byId("ask").replaceChildren();
      byId("screen").querySelector("input").focus();
    };
    byId("ask").replaceChildren(h("p", { tabindex: "-1" }, say("own_untouched")),
      actions(button("own_yes", () => answer(on.start), "primary"), button("middle_no", change)));
    byId("ask").firstChild.focus();
  };
  const given = () => (draft[item.id] === undefined ? ask() : answer(draft[item.id]));
  return [anyLine(item.id, asked, on), soft(say("no_right_answer")), h("div", { id: "ask", class: "ask" }), actions(button("this_is_right", given, "primary"), unsure)];
};
