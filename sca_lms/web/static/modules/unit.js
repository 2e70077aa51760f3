/* The unit player: reports which parts of a video were played, opens a live class, shows the reader's own time.
   Every page also works without it. */
(() => {
  "use strict";
  const REPORT_EVERY_MS = 20000;
  const LATEST_RELOAD_MS = 6 * 60 * 60 * 1000;

  const newKey = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  const film = document.querySelector("video[data-report]");
  if (film) followFilm(film);
  const measured = document.querySelector("video[data-measure]");
  if (measured) measureFilm(measured);

  // The length of a video is taken from those who teach; what is enough for learners is reckoned by it.
  function measureFilm(video) {
    const tell = () => {
      if (!Number.isFinite(video.duration) || video.duration < 1) return;
      fetch(video.dataset.measure, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": video.dataset.csrf },
        body: JSON.stringify({ duration: Math.floor(video.duration) }),
      })
        .then((answer) => answer.text())
        .catch(() => undefined);
    };
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA) tell();
    else video.addEventListener("loadedmetadata", tell, { once: true });
  }

  function followFilm(video) {
    const part = (name) => document.querySelector(`[data-film-${name}]`);
    const figures = part("progress");
    let reported = "";
    let waiting = null;
    let done = "done" in video.dataset;

    // The browser itself knows what was played since the page was opened; each report repeats all of it.
    const played = () => {
      const parts = [];
      for (let index = 0; index < video.played.length; index += 1) {
        const start = Math.floor(video.played.start(index));
        const end = Math.min(Math.ceil(video.played.end(index)), Math.ceil(video.duration));
        if (start < end) parts.push([start, end]);
      }
      return parts.slice(-200);
    };

    const show = (answer) => {
      done = answer.done;
      const text = figures?.querySelector(".val")?.firstChild;
      if (text) text.textContent = `${answer.percent}% `;
      figures?.querySelector(".f-brand")?.setAttribute("width", `${answer.percent}%`);
      if (part("done")) part("done").hidden = !answer.done;
      if (part("failed")) part("failed").hidden = true;
      if (answer.done) document.querySelector(".onward .after")?.classList.replace("btn-quiet", "btn-primary");
    };

    const report = async () => {
      const intervals = played();
      if (done || !intervals.length || !Number.isFinite(video.duration)) return;
      const now = JSON.stringify(intervals);
      if (now === reported) return;
      const body = {
        intervals,
        duration: Math.max(1, Math.floor(video.duration)),
        position: Math.floor(video.currentTime),
        key: newKey(),
      };
      body.intervals = body.intervals
        .map(([start, end]) => [start, Math.min(end, body.duration)])
        .filter(([start, end]) => start < end);
      try {
        const answer = await fetch(video.dataset.report, {
          method: "POST",
          keepalive: true,
          headers: { "Content-Type": "application/json", "X-CSRF-Token": video.dataset.csrf },
          body: JSON.stringify(body),
        });
        if (!answer.ok) throw new Error(`status ${answer.status}`);
        const told = await answer.json();
        show(told);
        // Played faster than the clock allows, or before a second visit: the rest is told again in a while.
        if (told.held_back) window.setTimeout(report, REPORT_EVERY_MS);
        else reported = now;
      } catch {
        if (part("failed")) part("failed").hidden = false;
      }
    };

    const position = Number(video.dataset.position);
    video.addEventListener("loadedmetadata", () => {
      if (position > 5 && position < video.duration - 5) {
        video.currentTime = position;
        if (part("resume")) part("resume").hidden = false;
      }
    });
    part("restart")?.addEventListener("click", () => {
      video.currentTime = 0;
      part("resume").hidden = true;
      video.focus();
    });
    video.addEventListener("error", () => {
      if (part("broken")) part("broken").hidden = false;
    });
    video.addEventListener("play", () => {
      waiting ??= window.setInterval(report, REPORT_EVERY_MS);
    });
    for (const name of ["pause", "ended"]) {
      video.addEventListener(name, () => {
        window.clearInterval(waiting);
        waiting = null;
        report();
      });
    }
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") report();
    });
    window.addEventListener("online", report);
  }

  // The class opens in its own tab within the click itself, or the browser would block it as a pop-up.
  for (const form of document.querySelectorAll("form[data-join]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      window.open(form.dataset.join, "_blank", "noopener,noreferrer");
      const body = new FormData(form);
      form.querySelector("button").disabled = true;
      try {
        await fetch(form.action, { method: "POST", body });
      } finally {
        window.location.reload();
      }
    });
  }

  // The course's time is printed on the page; whoever sits elsewhere also sees their own.
  for (const line of document.querySelectorAll("[data-own-time]")) {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const start = new Date(line.dataset.ownTime);
    const locale = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
    const words = (timeZone) =>
      start.toLocaleString(locale, { timeZone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
    if (own && words(own) !== words(line.dataset.zone)) {
      line.textContent = line.dataset.words.replace("{zone}", own).replace("{time}", words(own));
      line.hidden = false;
    }
  }

  // When the doors open, the page shows them.
  for (const line of document.querySelectorAll("[data-reload-at]")) {
    const wait = new Date(line.dataset.reloadAt) - Date.now();
    if (wait > 0 && wait < LATEST_RELOAD_MS) window.setTimeout(() => window.location.reload(), wait + 1000);
  }

  // The arrow keys turn the pages, unless somebody types, plays a film or scrolls a box with them.
  const arrows = document.querySelector("[data-arrows]");
  if (arrows) {
    arrows.hidden = false;
    document.addEventListener("keydown", (event) => {
      const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
      if (!rel || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      if (event.target !== document.body) return;
      document.querySelector(`.onward a[rel="${rel}"]`)?.click();
    });
  }

  for (const button of document.querySelectorAll("[data-check-all]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      for (const box of button.form.querySelectorAll('input[name="present"]')) box.checked = true;
    });
  }
})();
