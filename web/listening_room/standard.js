// Standard: louder and quieter, a song known well, and how it is now.

Object.assign(own, {
  loudness: (note) => {
    const step = (direction) => {
      const moved = sound.step(direction);
      announce(moved ? "" : say(direction > 0 ? "cap" : "floor"), note);
      if (moved) answers.add("level", { db: sound.levelDb });
    };
    return h("div", { class: "pair" }, button("quieter", () => step(-1)), button("louder", () => step(1)));
  },

  playing: (track, note, different) => actions(
    button("different", different),
    state.known.length > 0 && button("known", playKnown),
    button("how_now", () => go("middle"), "quiet")),
});
