// Streamlit's place for files calls itself mere decoration and yet has a name: a screen reader cannot have both.
const SPOT = '[data-testid="stFileUploaderDropzone"][role="presentation"]';

export default function () {
  const put = () => document.querySelectorAll(SPOT).forEach((spot) => spot.setAttribute("role", "group"));
  put();
  const watch = new MutationObserver(put);
  watch.observe(document.body, { childList: true, subtree: true });
  return () => watch.disconnect();
}
