// Calm: what will happen is said before it does, and is the same each time.

Object.assign(own, {
  hello: () => [
    para("calm_text"),
    h("ol", {}, [say("calm_1"), say("calm_2"), howMuch().split(". ")[0] + ".", say("calm_4"), say("calm_5")].map((one) => h("li", {}, one))),
    state.ask_middle && para("calm_once"),
    para("calm_stop"),
  ],

  playing: (track, note, different) => {
    const rest = place.order.slice(place.n + 1);
    return [
      rest.length > 0 && soft(rest.length === 1 ? say("then_one") : say("then_more", { songs: rest.length })),
      h("ol", { class: "rest" }, rest.map((one) => h("li", {}, titleOf(one)))),
      actions(button("different", different)),
    ];
  },
});
