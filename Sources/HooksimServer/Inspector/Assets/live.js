// Keeps a page up to date: when the stream says that something happened, the page is fetched again and its parts marked
// data-live take the place of the old ones. So what is shown is always what the server would render now.
(() => {
  "use strict";
  const least = 300; // ms between two fetches
  const state = document.getElementById("live-state");
  const pause = document.getElementById("live-pause");
  const clock = () => document.querySelector("[data-clock]");
  let isFetching = false;
  let isStale = false;
  let isPaused = false;
  let offset = clockOffset();
  document.documentElement.classList.add("has-script");

  // What the reader writes into or has selected stays as it is.
  function isInUse(part) {
    const selection = getSelection();
    return part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")
      || selection && !selection.isCollapsed && part.contains(selection.anchorNode);
  }

  // By which an element is found again in a fresh copy of its part.
  function key(element) {
    const home = element.closest("[id]");
    return [element.localName, home ? home.id : "", element.getAttribute("href"), element.textContent].join("\n");
  }

  function replace(part, fresh) {
    if (part.innerHTML === fresh.innerHTML || isInUse(part)) return;
    for (const details of part.querySelectorAll("details[open]")) {
      const same = details.id && fresh.querySelector("#" + CSS.escape(details.id));
      if (same) same.open = true;
    }
    const focused = part.contains(document.activeElement) ? key(document.activeElement) : null;
    part.replaceChildren(...fresh.childNodes);
    if (focused === null) return;
    const same = [...part.querySelectorAll("a, button, summary, pre")].find((element) => key(element) === focused);
    if (same) same.focus({ preventScroll: true });
  }

  async function refresh() {
    if (isPaused) return;
    if (isFetching) { isStale = true; return; }
    isFetching = true;
    try {
      const response = await fetch(document.body.dataset.page || location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      if (response.redirected) return location.assign(response.url);
      if (response.ok && !isPaused) {
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        for (const part of document.querySelectorAll("[data-live]")) {
          const fresh = page.getElementById(part.id);
          if (fresh) replace(part, fresh);
        }
        offset = clockOffset();
        tick();
      }
    } catch { /* the stream says that the simulator is gone */ }
    await new Promise((resolve) => setTimeout(resolve, least));
    isFetching = false;
    if (isStale) { isStale = false; refresh(); }
  }

  // Time goes on between two fetches, unless the virtual clock stands still.
  function clockOffset() { return Date.parse(clock().dateTime) - Date.now(); }

  function relative(seconds) {
    const size = Math.abs(seconds);
    if (size < 2) return "now";
    const words = size < 120 ? `${size} s` : size < 7200 ? `${Math.trunc(size / 60)} min`
      : size < 172800 ? `${Math.trunc(size / 3600)} h` : `${Math.trunc(size / 86400)} days`;
    return seconds < 0 ? `${words} ago` : `in ${words}`;
  }

  function tick() {
    if (clock().dataset.clock === "frozen") return;
    const now = Date.now() + offset;
    clock().textContent = new Date(now).toISOString();
    for (const span of document.querySelectorAll("[data-ago]")) {
      span.textContent = relative(Math.trunc((Date.parse(span.parentElement.dateTime) - now) / 1000));
    }
  }

  function say(text) { state.textContent = isPaused ? "paused" : text; }

  setInterval(() => {
    if (isPaused || document.hidden) return;
    tick();
    // The chart moves on even when nothing happens.
    if (document.querySelector(".chart rect")) refresh();
  }, 1000);

  const stream = new EventSource("/__admin/stream");
  for (const kind of ["attempt", "event", "request", "state"]) stream.addEventListener(kind, refresh);
  // Something may have happened between the page and its stream.
  stream.onopen = () => { say("live"); refresh(); };
  stream.onerror = () => say("not connected; trying again");

  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    say(stream.readyState === EventSource.OPEN ? "live" : "not connected; trying again");
    refresh();
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = button.parentElement.querySelector("pre");
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {
      // Where the browser does not let a page copy, the text is ready to be copied by hand.
      getSelection().selectAllChildren(text);
      button.textContent = "Selected; copy it";
    }
  });
})();
