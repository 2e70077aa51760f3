/* The console of a room: a new code when the old one runs out, and the live list as soon as something changes. */
const SOON_MS = 250;
const RETRY_MS = 2000;
const ANNOUNCE_MS = 30000;

/* ---------------------------------------------------------------- the code */

const stage = document.getElementById("stage");
const part = document.getElementById("code-part");
let ends = 0;
let isFetching = false;

const beginStep = () => {
  const left = part.querySelector(".left");
  ends = left ? Date.now() + Number(left.dataset.left) * 1000 : 0;
  const opens = part.querySelector("[data-opens]")?.dataset.opens;
  if (opens) ends = Math.max(Date.now() + RETRY_MS, new Date(opens).getTime());
};

const fetchCode = async () => {
  if (isFetching) return;
  isFetching = true;
  const lost = stage.querySelector(".lost");
  try {
    const answer = await fetch(stage.dataset.code);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const wasShut = Boolean(part.querySelector("[data-shut]"));
    part.innerHTML = await answer.text();
    if (lost.textContent) lost.textContent = "";
    beginStep();
    // The doors have opened or closed: everything beside the code is other now as well.
    if (wasShut !== Boolean(part.querySelector("[data-shut]")) && document.getElementById("live")) window.location.reload();
  } catch {
    lost.textContent = lost.dataset.lost;
    // An old code would only be refused.
    part.querySelector(".code")?.replaceChildren("––– –––");
    part.querySelector(".qr")?.classList.add("stale");
    ends = Date.now() + RETRY_MS;
  } finally {
    isFetching = false;
  }
};

const tick = () => {
  const left = part.querySelector(".left");
  const now = Date.now();
  if (left) {
    const seconds = Math.max(0, (ends - now) / 1000);
    left.querySelector(".f-now").setAttribute("width", `${Math.min(100, (seconds * 100) / Number(left.dataset.step))}%`);
    const text = left.querySelector("[data-left-words]");
    const words = text.dataset.leftWords.replace("{n}", Math.ceil(seconds));
    if (text.textContent !== words) text.textContent = words;
  }
  if (ends && now > ends + SOON_MS) fetchCode();
};

if (stage) {
  beginStep();
  window.setInterval(tick, 250);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") tick();
  });
}

/* ---------------------------------------------------------------- full screen */

const full = document.getElementById("full");
if (full && stage && document.fullscreenEnabled) {
  full.hidden = false;
  full.addEventListener("click", (event) => {
    event.preventDefault();
    stage.requestFullscreen().catch(() => full.href && window.open(full.href, "_blank", "noopener"));
  });
}

/* ---------------------------------------------------------------- the live list */

const console_ = document.querySelector("[data-live-every]");
if (console_) {
  const every = Number(console_.dataset.liveEvery) * 1000;
  const announced = document.getElementById("announced");
  let isAsking = false;
  document.body.addEventListener("htmx:beforeRequest", () => {
    isAsking = true;
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    isAsking = false;
    document.getElementById("live")?.classList.toggle("stale", !event.detail.successful);
  });
  window.setInterval(() => {
    const live = document.getElementById("live");
    if (isAsking || document.visibilityState !== "visible" || !live) return;
    window.htmx?.trigger(live, "room:refresh");
  }, every);
  let last = document.getElementById("live").dataset.summary;
  window.setInterval(() => {
    const { summary } = document.getElementById("live").dataset;
    if (summary === last) return;
    announced.textContent = summary;
    last = summary;
  }, ANNOUNCE_MS);
}
