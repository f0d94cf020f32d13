export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  button.textContent = data.label;
  button.classList.toggle("quiet", data.quiet);
  button.onclick = () => window.print();
}
