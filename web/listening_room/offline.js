// What a reload shows while the server cannot be reached: a kind end, and Help. Nothing of any client is kept here.
// PAGE, STYLE and HEADERS are written above this by the server.

const SHELF = "attune-" + STYLE;

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.add(STYLE)));
});

addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== SHELF).map((name) => caches.delete(name))));
  event.waitUntil(Promise.all([old, clients.claim()]));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => new Response(PAGE, { headers: HEADERS })));
  } else if (request.url.endsWith(STYLE)) {
    event.respondWith(caches.match(STYLE).then((kept) => kept || fetch(request)));
  }
});
