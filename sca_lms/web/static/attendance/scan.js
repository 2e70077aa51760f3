/* Staff scan learners' own codes, or choose them by name; everything is kept here until the server has it. */
import { Queue } from "./queue.js";
import { Scanner, scanButton } from "./scanner.js";

const SAME_AGAIN_MS = 4000;
const PEOPLE_EVERY_MS = 60000;
const MOST_FOUND = 8;
const MOST_SHOWN = 30;
const QR = /^SCA1:([0-9]{1,10}):([0-9A-Z-]{1,20})(?::([A-Za-z0-9._-]{1,64}))?$/;

const root = document.getElementById("scanner");
const words = JSON.parse(document.getElementById("words").textContent);
const form = document.getElementById("typed");
const field = document.getElementById("person-code");
const result = document.getElementById("result");
const found = document.getElementById("found");
const times = document.getElementById("sheet-times");
const shown = document.getElementById("acts");
const sprite = document.querySelector("svg.icon use").getAttribute("href").split("#")[0];
let people = new Map();
let last = { code: "", at: 0 };

const element = (tag, className, ...content) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content);
  return made;
};
const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
};

// Tone marks and case do not matter, as on the server.
const fold = (text) =>
  text
    .normalize("NFD")
    .toLowerCase()
    .replace(/[\u0300-\u036f\u0e47-\u0e4c\u0e4e\u200b\u2060]/g, "")
    .normalize("NFC")
    .trim();
const plainCode = (typed) =>
  typed.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");

const fetchPeople = async () => {
  try {
    const answer = await fetch(root.dataset.people, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const told = await answer.json();
    people = new Map(told.people.map((person) => [plainCode(person.code), person]));
  } catch {
    // Without a network the list of the last time serves.
  }
};

/* ---------------------------------------------------------------- sound */

let audio = null;
const beep = (isGood) => {
  navigator.vibrate?.(isGood ? 80 : [80, 60, 80]);
  try {
    audio ??= new AudioContext();
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = isGood ? 880 : 240;
    volume.gain.value = 0.08;
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + (isGood ? 0.12 : 0.35));
  } catch {
    // A device without sound still shows the name.
  }
};

/* ---------------------------------------------------------------- what happened */

const titleOf = (person) => (person.nickname ? `${person.name} (${person.nickname})` : person.name);

// A person's name only breaks between its parts.
const whole = (title) => title.split(" ").flatMap((part, place) => [place ? " " : "", element("span", "nowrap", part)]);

const showResult = (state, title, text) => {
  result.replaceChildren(
    element("div", `big-result is-${state}`, icon(state === "ok" ? "ok" : state === "wait" ? "wait" : "alert"), element("div", "grow", element("p", "big-name", ...whole(title)), element("p", "", text))),
  );
};

const showWaiting = (acts) => {
  const count = document.getElementById("waiting-count");
  if (acts.length) count.textContent = queue?.isExpired ? words.expired : words.waiting.replace("{n}", acts.length);
  else count.textContent = shown.children.length ? words.allSent : "";
};

const line = (act, state, text) => {
  const own = document.getElementById(`act-${act.key}`) ?? document.createElement("li");
  own.id = `act-${act.key}`;
  const chip = element("span", `state is-${state}`, icon(state === "ok" ? "ok" : state === "wait" ? "wait" : "alert"), words[act.act]);
  own.replaceChildren(element("div", "grow", element("p", "title", ...whole(act.shown || act.code)), element("p", "small soft", text)), chip);
  if (!own.parentNode) shown.prepend(own);
  while (shown.children.length > MOST_SHOWN) shown.lastChild.remove();
  document.getElementById("no-acts").hidden = shown.children.length > 0;
};

const answered = (act, answer) => {
  const title = answer.name ? titleOf(answer) : act.shown || act.code;
  line({ ...act, shown: title }, answer.ok ? "ok" : "behind", answer.message);
  if (act.key === latest) showResult(answer.ok ? "ok" : "behind", title, answer.message);
  if (!answer.ok) beep(false);
};

let latest = "";
let queue = null;
queue = new Queue({
  store: root.dataset.store,
  address: root.dataset.acts,
  page: root.dataset.page,
  changed: showWaiting,
  answered,
});

/* ---------------------------------------------------------------- acting */

const wayNow = () => form.querySelector("input[name=act]:checked").value;

// The times beside the sheet are wall times of the course; the session's own moments say where that zone stands.
const sheetMoment = (input, edge) => {
  const [hour, minute] = input.value.split(":").map(Number);
  const [ownHour, ownMinute] = input.defaultValue.split(":").map(Number);
  return new Date(edge).getTime() + ((hour - ownHour) * 60 + (minute - ownMinute)) * 60000;
};

const record = (code, how) => {
  const person = people.get(plainCode(code));
  const way = wayNow();
  const act = { act: way, code: person?.code ?? code, how, shown: person ? titleOf(person) : "", at: Date.now() };
  if (way === "sheet") {
    act.in_at = sheetMoment(document.getElementById("sheet-in"), times.dataset.starts);
    act.out_at = sheetMoment(document.getElementById("sheet-out"), times.dataset.ends);
  }
  const about = person ? [words[way], person.about, person.expected ? "" : words.otherGroup].filter(Boolean).join(" · ") : words.unknown;
  showResult("wait", act.shown || code, `${about} · ${words.saved}`);
  beep(true);
  const sending = queue.add(act);
  latest = queue.acts.at(-1)?.key ?? latest;
  for (const each of queue.acts) line(each, "wait", words.saved);
  return sending;
};

const scanned = (text) => {
  if (text === last.code && Date.now() - last.at < SAME_AGAIN_MS) return;
  last = { code: text, at: Date.now() };
  const read = text.match(QR);
  if (!read) {
    showResult("behind", words.noQr, "");
    beep(false);
  } else if (read[1] !== root.dataset.course) {
    showResult("behind", words.otherCourse, "");
    beep(false);
  } else if (read[3] && read[3] !== root.dataset.session) {
    showResult("behind", words.otherSession, read[3]);
    beep(false);
  } else {
    record(read[2], "scan");
  }
};

/* ---------------------------------------------------------------- finding by name */

const find = () => {
  const wanted = fold(field.value).split(/\s+/).filter(Boolean);
  const hits = wanted.length ? [...people.values()].filter((person) => wanted.every((word) => person.key.includes(word))).slice(0, MOST_FOUND) : [];
  found.replaceChildren(
    ...hits.map((person) => {
      const button = element("button", "btn btn-quiet", icon("check"), element("span", "", words[wayNow()], element("span", "visually-hidden", ` ${person.name}`)));
      button.type = "button";
      button.addEventListener("click", () => {
        record(person.code, "list");
        field.value = "";
        find();
        field.focus();
      });
      return element("li", "", element("div", "grow", element("p", "title", ...whole(titleOf(person))), element("p", "small soft", person.about)), button);
    }),
  );
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const only = found.querySelectorAll("button");
  if (only.length === 1) {
    only[0].click();
    return;
  }
  if (!people.has(plainCode(field.value)) && !/^[0-9A-Z]{1,7}-?[0-9A-Z]{6}$/i.test(field.value.trim())) {
    showResult("behind", words.nobody, field.value);
    beep(false);
    return;
  }
  record(field.value.trim(), "scan");
  field.value = "";
  find();
});
field.addEventListener("input", find);
const showTimes = () => {
  times.hidden = wayNow() !== "sheet";
  find();
};
// Only the way: the name field also changes when it loses the focus, to the very button that was pressed.
for (const way of form.querySelectorAll("input[name=act]")) way.addEventListener("change", showTimes);

const camera = document.getElementById("camera-part");
const scanner = new Scanner({ box: document.getElementById("viewfinder"), found: scanned });
camera.hidden = !Scanner.isPossible;
scanButton({
  button: document.getElementById("scan"),
  scanner,
  words: { start: words.start, stop: words.stop },
  failed: () => showResult("behind", words.noCamera, ""),
});

showTimes();
for (const act of queue.acts) line(act, "wait", words.saved);
showWaiting(queue.acts);
fetchPeople().then(() => {
  find();
  queue.send();
});
window.setInterval(fetchPeople, PEOPLE_EVERY_MS);
