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

// A page that names files which are not kept yet comes from another build: files of the one before are never asked for.
const keepPage = (response) => {
  if (response.ok) void response.clone().text().then(forgetOtherBuild);
  return keep("/", response);
};

const forgetOtherBuild = async (page) => {
  const cache = await caches.open(shell);
  const named = [...page.matchAll(/\/assets\/[^"']+/g)].map(([path]) => path);
  const found = await Promise.all(named.map((path) => cache.match(path)));
  if (found.every(Boolean)) return;
  const kept = await cache.keys();
  const isOld = ({ url }) => new URL(url).pathname.startsWith("/assets/") && !named.some((path) => url.endsWith(path));
  await Promise.all(kept.filter(isOld).map((request) => cache.delete(request)));
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith("/assets/")) {
    event.respondWith(caches.match(request).then((found) => found ?? fetch(request).then((response) => keep(request, response))));
  } else if (request.mode === "navigate" && !/^\/(api|admin|bytes|dicom-web)\b/.test(pathname)) {
    event.respondWith(fetch(request).then(keepPage).catch(() => caches.match("/").then((found) => found ?? Response.error())));
  }
});
