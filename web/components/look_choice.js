// Streamlit keeps the theme for each address of a page; we keep the same one for all of ours.
const PAGES = ["today", "clients", "groups", "music", "settings", "start", "client", "plan", "live", "after", "song", "training", "move"];
const key = (page) => `stActiveTheme-/${page}-v2`;
const now = () => JSON.parse(localStorage.getItem(key("settings")) || '"System"');

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".attune-look");
  root.replaceChildren();
  root.setAttribute("role", "radiogroup");
  root.setAttribute("aria-label", data.ask);
  for (const [kept, label] of data.choices) {
    const row = document.createElement("label");
    const input = document.createElement("input");
    input.type = "radio";
    input.name = "look";
    input.checked = kept === now();
    input.addEventListener("change", () => {
      for (const page of ["", ...PAGES]) {
        if (kept === "System") localStorage.removeItem(key(page));
        else localStorage.setItem(key(page), JSON.stringify(kept));
      }
      window.location.reload();
    });
    row.append(input, label);
    root.append(row);
  }
}
