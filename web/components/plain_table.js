// A table of text. The first cell of a row names it; on a narrow screen each row becomes a small list.
const html = (name, parent, text = null) => {
  const node = document.createElement(name);
  if (text !== null) node.textContent = text;
  parent.append(node);
  return node;
};

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".attune-table");
  root.replaceChildren();
  const table = html("table", root);
  html("caption", table, data.title);
  const top = html("tr", html("thead", table));
  data.columns.forEach((name, index) => {
    const cell = html("th", top, name);
    cell.scope = "col";
    if (data.numbers.includes(index)) cell.className = "number";
  });
  const body = html("tbody", table);
  data.rows.forEach((cells, at) => {
    const row = html("tr", body);
    if (data.grey.includes(at)) row.className = "grey";
    cells.forEach((text, index) => {
      const cell = html(index ? "td" : "th", row);
      if (!index) cell.scope = "row";
      if (data.numbers.includes(index)) cell.className = "number";
      cell.dataset.label = data.columns[index];
      html("bdi", cell, text);
    });
  });
}
