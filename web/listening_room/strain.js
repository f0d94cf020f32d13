// Two lines more, where the therapist asks for them.

Object.assign(LINES, {
  tension: { asks: "tension_title", name: "tension", ends: ["tension_low", "tension_high"], icons: ["M4 16h24", "M4 16l4-7l4 14l4-14l4 14l4-14l4 7"] },
  pain: { asks: "pain_title", name: "pain", ends: ["pain_low", "pain_high"], icons: ["M4 16h24", "M17 3l-7 14h6l-2 12l9-16h-7l4-10z"] },
});
