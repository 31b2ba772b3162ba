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

/** File names contain a hash of the content, so a cached file is the right one, and so is the icon of this version. */
async function file(request) {
  const cache = await caches.open(CACHE)
  // `Vary` can be ignored: only the compression and the caller vary, not the content.
  const kept = await cache.match(request, { ignoreVary: true })
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok) await cache.put(request, answer.clone())
  return answer
}

/** The page from the server, or from this device if the server or its balancer does not return one. */
async function page(request) {
  const late = new Promise((_, fail) => setTimeout(fail, PATIENCE_MS))
  const answer = await Promise.race([fetch(request), late]).catch(() => undefined)
  if (answer && answer.status < 500) return answer
  return (await caches.match('/', { cacheName: CACHE })) ?? answer ?? Response.error()
}
