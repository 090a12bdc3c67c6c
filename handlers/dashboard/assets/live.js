// Refreshes what is marked data-live, and lets texts be copied. All pages read without it.
"use strict";

const every = 5000;
const pause = document.querySelector("[data-pause]");
const note = document.querySelector("[data-live-note]");
const main = document.getElementById("main");
let paused = false;
let since = Date.now(); // when the page was last true

// Whoever reads, types or selects is not disturbed.
function busy() {
  const at = document.activeElement;
  const selection = document.getSelection();
  return paused || document.hidden || (selection && !selection.isCollapsed) ||
    (at && at.matches("input:not([type=hidden]), select, textarea"));
}

function replace(fresh) {
  if (main.querySelector("[data-away]")) return location.reload(); // and now it is back
  for (const old of main.querySelectorAll("[data-live][id]")) {
    const now = fresh.getElementById(old.id);
    if (!now || old.contains(document.activeElement) || old.querySelector("details[open]")) continue;
    if (old.innerHTML === now.innerHTML) continue;
    old.replaceWith(document.adoptNode(now));
  }
  reveal();
}

async function refresh() {
  if (!busy()) {
    try {
      const answer = await fetch(location.href, { headers: { "X-Usersync-Live": "1" }, signal: AbortSignal.timeout(20000) });
      if (answer.status === 401 || answer.status === 403) return location.reload();
      if (!answer.ok) throw new Error("status " + answer.status);
      replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
      since = Date.now();
      note.textContent = "";
    } catch {
      note.textContent = "Not up to date: no answer since " + new Date(since).toLocaleTimeString() + ".";
    }
  }
  setTimeout(refresh, every);
}

function reveal() {
  if (!navigator.clipboard) return; // over plain HTTP from afar
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
});

if (pause) {
  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
  });
  setTimeout(refresh, every);
}
reveal();
