// Keeps a page as the server would draw it now, without a jump: while somebody reads, the page
// is asked for again, and only what differs in its parts is changed in place. Plus the keys,
// the copy buttons, and a memory for what is being typed. Everything works without it, too.
"use strict";

const page = document.querySelector("[data-live]");
const offline = document.getElementById("offline");
const announcer = document.getElementById("announcer");
const SLOWEST_MS = 15000;

// -- changing in place ------------------------------------------------------------------

const KEPT = new Set(["open"]); // What the reader has folded or unfolded stays so.

function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh.cloneNode(true));
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (!KEPT.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!KEPT.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  morphChildren(old, fresh);
}

function morphChildren(old, fresh) {
  let at = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const same = wanted.id ? old.querySelector(`:scope > #${CSS.escape(wanted.id)}`) : null;
    if (same && same !== at) old.insertBefore(same, at);
    const match = same || (at && fits(at, wanted) ? at : null);
    if (match) {
      at = match.nextSibling;
      morph(match, wanted);
    } else {
      old.insertBefore(wanted.cloneNode(true), at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function fits(old, wanted) {
  return old.nodeName === wanted.nodeName && (old.id || "") === (wanted.id || "");
}

// -- asking again -----------------------------------------------------------------------

let etag = "";
let failures = 0;
let said = page ? page.dataset.announce : "";

async function refresh() {
  const headers = { "X-Live": "1", Accept: "text/html" };
  if (etag) headers["If-None-Match"] = etag;
  const answer = await fetch(location.pathname + location.search, {
    headers,
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(10000),
  });
  if (answer.status === 304) return;
  if (answer.status === 401) {
    location.reload();
    return;
  }
  if (!answer.ok) throw new Error(String(answer.status));
  etag = answer.headers.get("ETag") || "";
  show(new DOMParser().parseFromString(await answer.text(), "text/html"));
}

function show(fresh) {
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const old = document.querySelector(`[data-part="${part.dataset.part}"]`);
    if (old) morph(old, part);
  }
  document.title = fresh.title;
  const state = fresh.querySelector("[data-live]");
  if (!state) return;
  page.dataset.every = state.dataset.every;
  if (state.dataset.announce !== said) {
    said = state.dataset.announce;
    announcer.textContent = said;
  }
  revealCopyButtons();
}

async function live() {
  if (!document.hidden) {
    try {
      await refresh();
      failures = 0;
    } catch {
      failures += 1;
    }
    // One lost answer is no news; a server that restarts is back before the second.
    offline.hidden = failures < 2;
  }
  const every = Number(page.dataset.every) || 5000;
  setTimeout(live, Math.min(every * 2 ** Math.min(failures, 4), Math.max(every, SLOWEST_MS)));
}

if (page) {
  setTimeout(live, Number(page.dataset.every) || 5000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh().catch(() => {});
  });
}

// -- a long list of files begins at the one that is shown ----------------------------------

const list = document.querySelector(".files .tree");
const shown = list?.querySelector("[aria-current]");
if (shown) list.scrollTop = shown.offsetTop - list.offsetTop - list.clientHeight / 2;

// -- copying and filling in -------------------------------------------------------------

function revealCopyButtons() {
  for (const button of document.querySelectorAll("button.copy[hidden]")) button.hidden = false;
}

revealCopyButtons();

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    try {
      await navigator.clipboard.writeText(copy.dataset.copy);
      announcer.textContent = "Copied";
      copy.textContent = "Copied";
      setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    } catch {
      announcer.textContent = "The browser did not allow copying";
    }
  }
  const offer = event.target.closest("[data-fill]");
  const box = document.getElementById("text");
  if (offer && box) {
    box.value = offer.dataset.fill;
    box.focus();
    remember(box);
  }
  if (event.target.closest("[data-keys]")) document.getElementById("keys")?.showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
});

// -- what is being typed ----------------------------------------------------------------

const slot = `draft ${location.pathname}`;

function remember(box) {
  try {
    if (box.value) sessionStorage.setItem(slot, box.value);
    else sessionStorage.removeItem(slot);
  } catch { /* A browser may keep nothing; then nothing is kept. */ }
}

const box = document.getElementById("text");
if (box) {
  try {
    if (!box.value) box.value = sessionStorage.getItem(slot) || "";
  } catch { /* as above */ }
  box.addEventListener("input", () => remember(box));
  box.form.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) {
      event.preventDefault();
      return;
    }
    event.target.dataset.sent = "yes";
    event.target.querySelector("[type=submit]").setAttribute("aria-busy", "true");
    try {
      sessionStorage.removeItem(slot);
    } catch { /* as above */ }
  });
  // Coming back by the history brings the page back as it was left: able to send again.
  window.addEventListener("pageshow", () => {
    delete box.form.dataset.sent;
    box.form.querySelector("[type=submit]").removeAttribute("aria-busy");
  });
}

// -- keys -------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target === box) {
    event.preventDefault();
    box.form.requestSubmit();
    return;
  }
  if (event.key === "Escape" && event.target === box) {
    box.blur();
    return;
  }
  const typing = event.target.closest("input, textarea, select, dialog[open]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && box) {
    event.preventDefault();
    box.focus();
    box.scrollIntoView({ block: "nearest" });
  } else if (event.key === "?") {
    document.getElementById("keys")?.showModal();
  } else if (event.key === "n") {
    document.querySelector("[data-new]")?.click();
  }
});
