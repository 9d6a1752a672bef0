// Keeps the forms that were opened on this phone, so that they open again without signal. Nothing else passes through it.
// KEEPS says which addresses are forms, KEPT where they lie, NOT_OPENED what is said of one that was never opened here.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const asked = event.request;
  if (asked.method !== "GET" || !KEEPS.test(new URL(asked.url).pathname)) { return; }
  event.respondWith((async () => {
    const kept = await caches.open(KEPT);
    try {
      const answer = await fetch(asked);
      if (answer.ok) { await kept.put(asked, answer.clone()); }
      return answer;
    } catch (_) {  // never another site's form in the place of this one's
      const head = { "content-type": "text/plain; charset=utf-8" };
      return (await kept.match(asked)) || new Response(NOT_OPENED, { status: 503, headers: head });
    }
  })());
});
