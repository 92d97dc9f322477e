// Keeps the application itself, never pixels or answers: those go to the server or stay in the page's own storage.
const shell = "readroom-shell-1";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(shell).then((cache) => cache.add("/")).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== shell).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

const keep = (request, response) => {
  if (response.ok) {
    const copy = response.clone();
    void caches.open(shell).then((cache) => cache.put(request, copy));
  }
  return response;
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith("/assets/")) {
    event.respondWith(caches.match(request).then((found) => found ?? fetch(request).then((response) => keep(request, response))));
  } else if (request.mode === "navigate" && !/^\/(api|admin|bytes|dicom-web)\b/.test(pathname)) {
    event.respondWith(fetch(request).then((response) => keep("/", response)).catch(() => caches.match("/").then((found) => found ?? Response.error())));
  }
});
