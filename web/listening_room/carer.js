// What a carer sees of a person who does not answer for themselves today; stored as an observer's.

raters.seen = (phase, next) => {
  const isBefore = phase === "before";
  const seen = {};
  const note = notice();
  const choose = (item, key, choices) => radios(key, item, choices, (value) => (seen[item] = value));
  const finish = () => {
    if (isBefore && !seen.agreed) return announce(say("agreed_missing"), note);
    if (seen.agreed === "no") return go("refused");
    if (isBefore) {
      answers.add("started");
      answers.add("assent", { how: seen.agreed });
    }
    const text = textWritten();
    if (text) answers.add("words", { text, by: "carer" });
    const values = {};
    const missing = {};
    for (const item of ["looks", "body"]) {
      values[item] = !seen[item] || seen[item] === "cannot_tell" ? null : seen[item];
      if (values[item] === null) missing[item] = seen[item] || "skipped";
    }
    return give(phase, values, missing, next);
  };
  return [
    title(isBefore ? "seen_before" : "seen_after"),
    isBefore && para("seen_text"),
    choose("looks", "looks_", ["at_ease", "in_between", "upset", "cannot_tell"]),
    choose("body", "body_", ["still", "in_between", "restless", "cannot_tell"]),
    isBefore ? choose("agreed", "agreed_", ["words", "behaviour", "not_said", "no"]) : h("label", { class: "text" }, h("span", {}, say("seen_anything")), textBox()),
    note,
    actions(button(isBefore ? "next" : "finish", finish, "primary")),
  ];
};

Object.assign(own, {
  hello: () => [para("carer_text"), h("p", {}, howMuch())],

  playing: (track, note, different) => {
    const liked = (isLiked) => {
      answers.add("liked", { track, liked: isLiked, by: "carer" });
      if (isLiked) announce(say("noted"), note);
      else different();
    };
    return [para("stop_if"), actions(button("liked", () => liked(true)), button("disliked", () => liked(false)), button("note_seen", () => go("noting")))];
  },
});

Object.assign(screens, {
  // Nothing has been sent before somebody agreed, so that this is true.
  refused: () => [title("refused_title"), para("refused_text"), actions(button("close", leave, "primary"))],

  noting: () => {
    const note = notice();
    const keep = (what) => {
      answers.add("saw", { what, track: place.order[place.n], at_s: Math.round(sound.at) });
      announce(say("kept_note", { what: say("sign_" + what) }), note);
    };
    const signs = ["singing", "moving", "smiling", "talking", "eyes_closed", "crying", "turning_away", "restless", "asleep"];
    return [title("note_seen"), h("div", { class: "pair" }, signs.map((what) => button("sign_" + what, () => keep(what)))), note, para("stop_if"),
      actions(button("back", () => go("playing")))];
  },
});
