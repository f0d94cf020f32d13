// Leaves for one of our own plain pages. Only a path on this server: never an address.
export default function ({ data }) {
  window.attuneLeaves = true; // see signed_out.js
  if (/^\/(?![/\\])/.test(data.path)) window.location.assign(data.path);
}
