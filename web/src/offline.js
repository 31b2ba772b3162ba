// The service worker: keeps the files of the app on this device, so that the app opens while the server does not answer.
// It never answers for the API. `FILES`, the scripts and styles of this version, is put in front of it by vite.config.ts;
// when it changes, browsers install the worker again.
const CACHE = 'app'
/** After this time, the page is opened from this device. */
const PATIENCE_MS = 5_000

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(['/', '/icon.svg', ...FILES])))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(caches.open(CACHE).then(async (cache) => {
    const old = (await cache.keys()).filter(({ url }) => /\.(js|css)$/.test(url) && !FILES.includes(new URL(url).pathname))
    await Promise.all(old.map((request) => cache.delete(request)))
    // Also for the page that installed it: most of its scripts are loaded later.
    await self.clients.claim()
  }))
})

self.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request
  const { origin, pathname } = new URL(url)
  if (method !== 'GET' || origin !== location.origin) return
  if (pathname.startsWith('/assets/') || pathname === '/icon.svg') event.respondWith(file(event.request))
  else if (mode === 'navigate' && !/^\/(api|docs|metrics|healthz|readyz)(\/|$)/.test(pathname)) event.respondWith(page(event.request))
})

/** The names of files have a hash of their content: a file that is here is the right one. So is the icon of this version. */
async function file(request) {
  const cache = await caches.open(CACHE)
  // What varies is only how it was compressed, and for whom.
  const kept = await cache.match(request, { ignoreVary: true })
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok) await cache.put(request, answer.clone())
  return answer
}

/** The server's page, or the one on this device if the server, or a balancer in its name, has none. */
async function page(request) {
  const late = new Promise((_, fail) => setTimeout(fail, PATIENCE_MS))
  const answer = await Promise.race([fetch(request), late]).catch(() => undefined)
  if (answer && answer.status < 500) return answer
  return (await caches.match('/', { cacheName: CACHE })) ?? answer ?? Response.error()
}
