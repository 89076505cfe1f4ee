// A page of the console keeps itself up to date. The server says that what the page
// shows has changed (server-sent events); then the page is fetched anew, and what is
// different is put in place. What somebody types, has chosen, has opened or stands
// on stays as it is. Without this script the page shows what was so when it came.
"use strict";
(() => {
  const main = document.getElementById("main");
  if (main?.dataset.live === undefined || !window.EventSource) return;

  // Seen by all, and said politely to who cannot see: seldom, since a page may change
  // every second.
  const seen = document.createElement("p");
  seen.className = "hint live";
  seen.setAttribute("aria-hidden", "true");
  const said = document.createElement("p");
  said.className = "unseen";
  said.setAttribute("role", "status");
  main.after(seen, said);
  const quiet = 30000;
  let saidAt = 0;
  const say = (text, aloud) => {
    seen.textContent = text;
    if (!aloud || (Date.now() - saidAt < quiet && aloud !== "now")) return;
    saidAt = Date.now();
    said.textContent = text;
  };
  const clock = () => new Date().toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit", second: "2-digit" });

  // What tells two nodes of a kind apart: a row by what it is about, an input by what
  // it stands for. Without such a mark they go by their place.
  const keyOf = (node) => {
    if (node.nodeType !== Node.ELEMENT_NODE) return "";
    if (node.id) return "#" + node.id;
    if (node.nodeName === "INPUT") return node.name + "=" + node.getAttribute("value");
    if (node.nodeName === "TR" || node.nodeName === "LI") {
      return node.querySelector("input[value]")?.getAttribute("value") || node.querySelector("a[href]")?.getAttribute("href") || "";
    }
    return "";
  };
  const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
  // What belongs to who sits before the page, and not to the server.
  const theirs = (node, name) =>
    (node.nodeName === "DETAILS" && name === "open") || (node.nodeName === "DIALOG" && name === "open") || name === "aria-disabled" ||
    (node === main && name === "data-live");
  const typing = (node) => node === document.activeElement && /^(INPUT|TEXTAREA|SELECT)$/.test(node.nodeName);

  const mend = (now, next) => {
    if (now.isEqualNode(next)) return;
    if (now.nodeType !== Node.ELEMENT_NODE) {
      if (now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue;
      return;
    }
    if (typing(now)) return;
    for (const { name, value } of [...next.attributes]) {
      if (!theirs(now, name) && now.getAttribute(name) !== value) now.setAttribute(name, value);
    }
    for (const { name } of [...now.attributes]) {
      if (!theirs(now, name) && !next.hasAttribute(name)) now.removeAttribute(name);
    }
    if (now.nodeName === "TEXTAREA") return;
    let at = now.firstChild;
    for (const wanted of [...next.childNodes]) {
      const key = keyOf(wanted);
      let found = at;
      while (found && !alike(found, wanted)) found = key ? found.nextSibling : null;
      if (!found) {
        now.insertBefore(document.importNode(wanted, true), at);
      } else {
        if (found === at) at = at.nextSibling;
        else now.insertBefore(found, at);
        mend(found, wanted);
      }
    }
    while (at) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  };

  // A page that is read by itself must not keep anybody signed in.
  const byItself = { Accept: "text/html", "X-Vouchsafe-Live": "1" };
  let known = main.dataset.live;
  let busy = false;
  let again = null;
  const refresh = async (version) => {
    if (version === known) return;
    if (busy) {
      again = version;
      return;
    }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: byItself });
      if (answer.status === 401) return ended();
      if (!answer.ok) throw new Error(String(answer.status));
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
      if (!next) throw new Error("no main part");
      const focus = document.activeElement;
      mend(main, next);
      known = next.dataset.live || version;
      if (focus && focus !== document.body && !focus.isConnected) main.focus({ preventScroll: true });
      say("Updated at " + clock() + ".", "politely");
    } catch {
      say("This page could not be brought up to date at " + clock() + ". Reload it to see what is so now.", "politely");
    } finally {
      busy = false;
      const next = again;
      again = null;
      if (next) refresh(next);
    }
  };

  // A stream stands only while somebody looks: a browser has few connections.
  const first = 1000;
  const longest = 60000;
  let source = null;
  let wait = first;
  let timer = 0;
  let over = false;
  const hangUp = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
  // Another page may have kept them signed in meanwhile.
  const asked = async () => {
    hangUp();
    try {
      const answer = await fetch(location.href, { method: "HEAD", headers: byItself });
      if (answer.status === 401) ended();
      else later();
    } catch {
      later();
    }
  };
  const ended = () => {
    over = true;
    hangUp();
    say("You are signed out, so this page does not keep itself up to date any more.", "now");
  };
  const later = () => {
    hangUp();
    if (over || document.visibilityState !== "visible") return;
    say("Not up to date by itself at the moment; trying again.");
    timer = setTimeout(watch, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, longest);
  };
  const watch = () => {
    hangUp();
    if (over || document.visibilityState !== "visible") return;
    source = new EventSource("/console/live?page=" + encodeURIComponent(location.pathname + location.search));
    source.addEventListener("version", (event) => {
      wait = first;
      if (!seen.textContent || seen.textContent.startsWith("Not up")) say("This page keeps itself up to date.");
      refresh(event.data);
    });
    source.addEventListener("ended", asked);
    source.addEventListener("pause", later);
    source.onerror = later;
  };
  document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? watch() : hangUp()));
  addEventListener("pagehide", hangUp);
  addEventListener("pageshow", (event) => event.persisted && watch());
  watch();
})();

// The keyboard goes through a table's rows: j and k or the arrows move from one to
// the next, Enter opens as on every link, and / goes to the search. Whoever dictates
// or types otherwise can switch it off (WCAG 2.1.4).
(() => {
  const table = document.querySelector("table[data-keys]");
  const search = document.getElementById("q");
  if (!table && !search) return;
  const kept = "vouchsafe-keys";
  let on = true;
  try {
    on = localStorage.getItem(kept) !== "off";
  } catch {
    // Without a memory they are on.
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  const tell = () => {
    button.textContent = on ? "Keys are on: j and k for rows, / to search. Switch them off" : "Keys are off. Switch them on";
  };
  button.addEventListener("click", () => {
    on = !on;
    try {
      localStorage.setItem(kept, on ? "on" : "off");
    } catch {
      // It holds for this page.
    }
    tell();
  });
  tell();
  document.getElementById("main").after(button);
  const links = () => [...document.querySelectorAll("table[data-keys] tbody tr")].map((row) => row.querySelector("a[href]")).filter(Boolean);
  document.addEventListener("keydown", (event) => {
    if (!on || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
      return;
    }
    const all = links();
    const at = all.indexOf(document.activeElement);
    const arrows = at >= 0; // elsewhere they scroll
    const step = event.key === "j" || (arrows && event.key === "ArrowDown") ? 1 : event.key === "k" || (arrows && event.key === "ArrowUp") ? -1 : 0;
    if (!step || !all.length) return;
    event.preventDefault();
    all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)].focus();
  });
})();
