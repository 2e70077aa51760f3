/* The learner's check-in page: it queues every act, sends it when there is a network, and says what became of it. */
import { Queue, deviceNumber } from "./queue.js";
import { Scanner, scanButton } from "./scanner.js";

const root = document.getElementById("doors");
const words = JSON.parse(document.getElementById("words").textContent);
const said = document.getElementById("said");
const waiting = document.getElementById("waiting");
const list = document.getElementById("waiting-list");
const openedAt = Date.now();
const locale = document.documentElement.lang === "en" ? "en-GB" : "th-TH";

const element = (tag, className, text = "") => {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
};
const icon = (name) => {
  const like = document.querySelector("svg.icon use").getAttribute("href");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${like.split("#")[0]}#${name}`);
  svg.append(use);
  return svg;
};
const clock = (at) => {
  const time = new Date(at).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", hour12: false });
  return locale === "th-TH" ? `${time} น.` : time;
};

const say = (state, text) => {
  const note = element("div", `note is-${state}`);
  note.append(icon(state === "ok" ? "ok" : state === "wait" ? "wait" : "alert"), element("p", "", text));
  said.replaceChildren(note);
};

const showWaiting = (acts) => {
  waiting.hidden = !acts.length;
  list.replaceChildren(
    ...acts.map((act) => {
      const line = document.createElement("li");
      const grow = element("div", "grow");
      grow.append(element("p", "title", words[act.act].replace("{time}", clock(act.at))));
      if (queue?.isExpired) grow.append(element("p", "small", words.expired));
      else if (queue && !queue.keeps) grow.append(element("p", "small", words.keepOpen));
      const chip = element("span", "state is-wait");
      chip.append(icon("wait"), words.saved);
      line.append(grow, chip);
      return line;
    }),
  );
};

// The part of the page that says where one stands is fetched anew; without a network it stays as it is.
const refresh = async () => {
  try {
    const answer = await fetch(root.dataset.page);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["standing", "today"]) {
      const fresh = page.getElementById(id);
      if (fresh) document.getElementById(id).replaceWith(fresh);
    }
    const buttons = page.querySelectorAll("#report button[name=act]");
    const own = document.querySelectorAll("#report button[name=act]");
    own.forEach((button, place) => button.replaceWith(buttons[place].cloneNode(true)));
    waitForDoors();
  } catch {
    // Offline: nothing to show yet.
  }
};

const answered = (act, answer) => {
  say(answer.ok ? "ok" : "behind", answer.message);
  if (answer.ok) {
    document.getElementById("code").value = "";
    document.querySelector("[aria-labelledby=scanned]")?.remove();
  }
};

let queue = null;
queue = new Queue({
  store: root.dataset.store,
  address: root.dataset.acts,
  page: root.dataset.page,
  extras: { device: deviceNumber() },
  changed: showWaiting,
  answered,
});

const act = async (way, code, session = "", at = Date.now()) => {
  await queue.add({ act: way, code, session, at });
  if (queue.acts.length) {
    if (!queue.isExpired) say("wait", `${words[way].replace("{time}", clock(at))}: ${words.saved}`);
    document.getElementById("code").value = "";
  } else {
    await refresh();
  }
};

const digitsOf = (typed) =>
  [...typed]
    .map((each) => (each >= "๐" && each <= "๙" ? String(each.charCodeAt(0) - 0x0e50) : each))
    .join("")
    .replace(/[\s-]/g, "");

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-report]");
  if (!form) return;
  event.preventDefault();
  const way = event.submitter?.value === "out" ? "out" : "in";
  const session = form.elements.session?.value ?? "";
  if (session) {
    act(way, form.elements.code.value, session, openedAt);
    return;
  }
  const code = digitsOf(form.elements.code.value);
  if (!/^[0-9]{6}$/.test(code)) {
    say("behind", words.shape);
    form.elements.code.focus();
    return;
  }
  act(way, code);
});

/* What the QR code of a room says: an address of the tool with the session and a token. */
const readRoom = (text) => {
  try {
    const address = new URL(text);
    const path = address.pathname.match(/\/courses\/([0-9]+)\/check-in$/);
    const code = address.searchParams.get("code");
    if (!path || !code) return { fault: words.noQr };
    if (path[1] !== root.dataset.course) return { fault: words.foreign };
    return { code, session: address.searchParams.get("session") ?? "", way: address.searchParams.get("act") === "out" ? "out" : "in" };
  } catch {
    return { fault: words.noQr };
  }
};

const scanner = new Scanner({
  box: document.getElementById("viewfinder"),
  found: (text) => {
    const seen = readRoom(text);
    if (seen.fault) {
      say("behind", seen.fault);
      return;
    }
    scanner.stop();
    showScanner();
    navigator.vibrate?.(80);
    act(seen.way, seen.code, seen.session);
  },
});
const showScanner = scanButton({
  button: document.getElementById("scan"),
  scanner,
  words: { start: words.scan, stop: words.stop },
  failed: () => say("behind", words.noCamera),
});

let doors = null;
const waitForDoors = () => {
  window.clearTimeout(doors);
  const opens = document.getElementById("standing").dataset.reloadAt;
  const wait = opens ? new Date(opens) - Date.now() : 0;
  if (wait > 0 && wait < 12 * 3600 * 1000) doors = window.setTimeout(refresh, wait + 1000);
};

showWaiting(queue.acts);
waitForDoors();
if (queue.acts.length) queue.send().then(() => queue.acts.length || refresh());
window.addEventListener("online", () => window.setTimeout(refresh, 1500));
