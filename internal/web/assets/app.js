// What a page does better with a script, and does without one too: it leads to
// the error summary, lets a form be sent once, and announces that one is about
// to be signed out. No page needs it.
"use strict";
(() => {
  // The summary is read out, and the keyboard starts there.
  document.querySelector(".problems")?.focus();

  // A button that is pressed twice sends its form once. It works again after a
  // while, in case that the answer never comes or is a file.
  const again = 8000;
  const sent = new Map();
  const release = (form) => {
    sent.get(form)?.removeAttribute("aria-disabled");
    sent.delete(form);
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    const button = event.submitter;
    sent.set(form, button);
    button?.setAttribute("aria-disabled", "true");
    setTimeout(() => release(form), again);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) [...sent.keys()].forEach(release);
  });

  // Who stays signed in until when.
  const dialog = document.getElementById("ending");
  if (!dialog?.showModal) return;
  const early = 5 * 60;
  const renew = dialog.dataset.renew;
  let ends, told, closed;
  const left = () => (ends - Date.now()) / 1000;
  const endsIn = (seconds) => {
    ends = Date.now() + seconds * 1000;
    told = closed = false;
    const at = new Date(ends).toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit" });
    document.querySelectorAll("time[data-ends]").forEach((time) => {
      time.textContent = at;
    });
  };
  const show = (when) => {
    dialog.hidden = false;
    dialog.querySelectorAll("[data-when]").forEach((part) => {
      part.hidden = part.dataset.when !== when;
      if (part.hidden) return;
      const title = part.querySelector("h2");
      dialog.setAttribute("aria-labelledby", (title.id ||= "ending-" + when));
      if (!dialog.open) dialog.showModal();
      title.focus();
    });
  };
  const hide = () => {
    if (dialog.open) dialog.close();
    dialog.hidden = true;
  };
  // What the server says counts: another tab may have moved the end on.
  const ask = async (method) => {
    try {
      const answer = await fetch(renew, { method, headers: { Accept: "application/json" } });
      if (answer.ok || answer.status === 401) endsIn((await answer.json()).left);
    } catch {
      // No line: the end that we know of stands.
    }
  };
  const look = async () => {
    if (left() > early || told === "over") return;
    if (renew && ((!dialog.open && !closed) || left() <= 0)) await ask("GET");
    if (left() > early) {
      hide();
    } else if (left() <= 0) {
      told = "over";
      show("over");
    } else {
      if (!dialog.open && !closed) show("soon");
      if (left() <= 60 && !told) {
        told = "minute";
        const live = dialog.querySelector("[data-minute]");
        live.textContent = live.dataset.minute;
      }
    }
  };
  dialog.addEventListener("click", async (event) => {
    const what = event.target.dataset.do;
    if (what === "renew") {
      await ask("POST");
      if (left() > early) {
        hide();
      } else if (left() > 0) {
        // It was as long as one link lasts.
        event.target.hidden = true;
        dialog.querySelector("[data-last]").hidden = false;
      } else {
        look();
      }
    }
    if (what === "close") hide();
  });
  dialog.addEventListener("close", () => {
    dialog.hidden = true;
    closed = left() <= early;
  });
  endsIn(Number(dialog.dataset.left));
  setInterval(look, 5000);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  look();
})();
