// Elements of a page and of a drawing; whatever comes from a file or a person is set as text.
const SVG = "http://www.w3.org/2000/svg";
const svg = (name, attributes = {}, parent = null, text = null) => {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== null) node.textContent = text;
  if (parent) parent.append(node);
  return node;
};
const html = (name, attributes = {}, text = null, parent = null) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== null) node.textContent = text;
  if (parent) parent.append(node);
  return node;
};

