// Keeps the parts of a page that are marked data-live as the server would render them now.
(() => {
  "use strict";
  const parts = () => document.querySelectorAll("[data-live]");
  const state = document.getElementById("live-state");
  const pause = 300;
  let isRunning = false;
  let isStale = false;

  // What the reader has opened, or is using, stays as it is.
  function isInUse(part) {
    return part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, button");
  }

  function replace(part, fresh) {
    if (part.innerHTML === fresh.innerHTML || isInUse(part)) return;
    const open = [...part.querySelectorAll("details[open]")].map((details) => details.id);
    for (const id of open) {
      const details = id && fresh.querySelector("#" + CSS.escape(id));
      if (details) details.open = true;
    }
    part.replaceChildren(...fresh.childNodes);
  }

  async function refresh() {
    if (isRunning) { isStale = true; return; }
    isRunning = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const part of parts()) {
          const fresh = page.getElementById(part.id);
          if (fresh) replace(part, fresh);
        }
      }
    } catch { /* the stream says that the simulator is gone */ }
    await new Promise((resolve) => setTimeout(resolve, pause));
    isRunning = false;
    if (isStale) { isStale = false; refresh(); }
  }

  // A page that came from a form is not one to fetch again.
  if (document.querySelector("[data-live]")) {
    const stream = new EventSource("/__admin/stream");
    for (const kind of ["attempt", "event", "request", "state"]) stream.addEventListener(kind, refresh);
    stream.onopen = () => { state.textContent = "live"; };
    stream.onerror = () => { state.textContent = "not connected; trying again"; };
  }

  // With a script, "copy as curl" copies; without one, the text is there to be selected.
  document.addEventListener("click", (event) => {
    const summary = event.target.closest("summary");
    const text = summary && summary.textContent.includes("copy as curl") && summary.parentElement.querySelector("pre");
    if (text && !summary.parentElement.open && navigator.clipboard) navigator.clipboard.writeText(text.textContent).catch(() => {});
  });
})();
