/* The timetable builder: move drafts with the mouse or the arrow keys, and add up while a form is filled in.
   Without this script the form of each draft does the same. */
(() => {
  "use strict";
  const STEP = 15;
  const WAIT_MS = 900;
  const FAR = 4;
  const GRID = "(min-width: 60rem)";
  const locale = document.documentElement.lang === "th" ? "th-TH-u-ca-buddhist" : "en-GB";
  const dayName = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
  const two = (number) => String(number).padStart(2, "0");

  // Wall times are reckoned as if they were in UTC: the clock's hands move, the server knows the zone.
  const parse = (text) => new Date(`${text}:00Z`);
  const clockOf = (date) => `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  const moved = (text, days, minutes) => new Date(parse(text).getTime() + (days * 1440 + minutes) * 60000);

  let pending = null;

  const builder = () => document.querySelector("[data-builder]");
  const announce = (text) => {
    const region = builder()?.querySelector("[data-announce]");
    if (region) region.textContent = text;
  };
  const words = (name) => builder()?.querySelector("[data-announce]")?.dataset[name] ?? "";
  const slotOf = (code) => builder()?.querySelector(`[data-slot="${CSS.escape(code)}"]`);

  const timesOf = (slot, days, minutes) => {
    const start = moved(slot.dataset.start, days, minutes);
    const end = moved(slot.dataset.end, days, minutes);
    return { start, text: `${clockOf(start)}–${clockOf(end)}` };
  };

  const show = (slot, days, minutes) => {
    const { start, text } = timesOf(slot, days, minutes);
    const shown = slot.querySelector("[data-slot-time]");
    shown.dataset.before ??= shown.textContent;
    shown.textContent = days ? `${dayName.format(start)} ${text}` : text;
    slot.classList.toggle("is-waiting", Boolean(days || minutes));
    announce(`${slot.dataset.title}: ${dayName.format(start)}, ${text}`);
  };

  const takeBack = () => {
    if (!pending) return;
    window.clearTimeout(pending.timer);
    const { slot } = pending;
    pending = null;
    const shown = slot.querySelector("[data-slot-time]");
    shown.textContent = shown.dataset.before ?? shown.textContent;
    slot.classList.remove("is-waiting");
    announce(`${slot.dataset.title}: ${dayName.format(parse(slot.dataset.start))}, ${shown.textContent}`);
  };

  const save = async () => {
    if (!pending) return;
    const { slot, days, minutes, hasFocus } = pending;
    window.clearTimeout(pending.timer);
    pending = null;
    if (!days && !minutes) return;
    const code = slot.dataset.slot;
    const form = new FormData();
    form.set("csrf_token", document.querySelector("input[name=csrf_token]").value);
    form.set("days", String(days));
    form.set("minutes", String(minutes));
    announce(words("saving"));
    let page;
    try {
      const answer = await fetch(slot.dataset.shift, { method: "POST", body: form });
      if (!answer.ok) throw new Error(String(answer.status));
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
      window.history.replaceState(null, "", answer.url);
    } catch {
      // What happened is only known after looking again.
      window.location.reload();
      return;
    }
    const fresh = page.querySelector("[data-builder]");
    if (!fresh) {
      window.location.reload();
      return;
    }
    builder().replaceWith(document.adoptNode(fresh));
    const said = page.querySelector(".toasts .pop p");
    begin();
    if (hasFocus) slotOf(code)?.querySelector("[data-grip]")?.focus();
    announce(said ? said.textContent : words("saved"));
  };

  // A screen reader passes arrow keys on only from a control that takes them; the handle is one while focused.
  const onKey = (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip) return;
    const step = { ArrowUp: [0, -STEP], ArrowDown: [0, STEP], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    const slot = grip.closest("[data-slot]");
    if (event.key === "Escape" && pending) {
      event.preventDefault();
      takeBack();
    } else if (event.key === "Enter" && pending) {
      event.preventDefault();
      save();
    } else if (step) {
      event.preventDefault();
      if (pending && pending.slot !== slot) save();
      pending ??= { slot, days: 0, minutes: 0, hasFocus: true };
      window.clearTimeout(pending.timer);
      pending.days += step[0];
      pending.minutes += step[1];
      pending.timer = window.setTimeout(save, WAIT_MS);
      show(slot, pending.days, pending.minutes);
    }
  };

  // Rows grow with what stands in them, so the row under the pointer is asked of the grid itself.
  const rowTops = (week) => {
    const tracks = getComputedStyle(week).gridTemplateRows.split(" ").map(parseFloat);
    const tops = [];
    let top = week.getBoundingClientRect().top;
    for (const height of tracks) {
      tops.push(top);
      top += height;
    }
    return tops.slice(1);
  };
  const nearest = (values, wanted) =>
    values.reduce((best, value, index) => (Math.abs(value - wanted) < Math.abs(values[best] - wanted) ? index : best), 0);

  const drag = (event, slot) => {
    const week = slot.closest("[data-week]");
    if (event.button !== 0 || !week || !window.matchMedia(GRID).matches) return;
    if (pending) save();
    const columns = [...week.querySelectorAll("[data-day]")];
    const home = columns.indexOf(slot.closest("[data-day]"));
    const tops = rowTops(week);
    const from = { x: event.clientX, y: event.clientY, top: slot.getBoundingClientRect().top };
    const row = nearest(tops, from.top);
    const change = { days: 0, minutes: 0 };
    let isDragging = false;

    const finish = (isDone) => {
      document.removeEventListener("pointermove", follow);
      document.removeEventListener("pointerup", drop);
      document.removeEventListener("pointercancel", giveUp);
      document.removeEventListener("keydown", onEscape, true);
      slot.classList.remove("is-moving");
      slot.style.transform = "";
      if (!isDragging) return;
      if (isDone && (change.days || change.minutes)) {
        pending = { slot, ...change, hasFocus: slot.contains(document.activeElement) };
        save();
      } else {
        pending = { slot };
        takeBack();
      }
    };
    const follow = (move) => {
      const far = Math.hypot(move.clientX - from.x, move.clientY - from.y);
      if (!isDragging && far < FAR) return;
      isDragging = true;
      move.preventDefault();
      slot.classList.add("is-moving");
      slot.style.transform = `translate(${move.clientX - from.x}px, ${move.clientY - from.y}px)`;
      const over = columns.findIndex((column) => {
        const box = column.getBoundingClientRect();
        return move.clientX >= box.left && move.clientX < box.right;
      });
      change.days = (over < 0 ? home : over) - home;
      change.minutes = (nearest(tops, from.top + move.clientY - from.y) - row) * STEP;
      show(slot, change.days, change.minutes);
    };
    const drop = () => finish(true);
    const giveUp = () => finish(false);
    const onEscape = (key) => {
      if (key.key === "Escape") finish(false);
    };
    document.addEventListener("pointermove", follow);
    document.addEventListener("pointerup", drop);
    document.addEventListener("pointercancel", giveUp);
    document.addEventListener("keydown", onEscape, true);
  };

  const begin = () => {
    const place = builder();
    if (!place) return;
    for (const hint of place.querySelectorAll("[data-with-script]")) hint.hidden = false;
    for (const slot of place.querySelectorAll("[data-slot]")) {
      const grip = slot.querySelector("[data-grip]");
      grip.hidden = false;
      grip.addEventListener("pointerdown", (event) => drag(event, slot));
      grip.addEventListener("blur", () => {
        if (pending && pending.slot === slot) {
          pending.hasFocus = false;
          save();
        }
      });
      for (const link of slot.querySelectorAll("a")) link.draggable = false;
    }
    place.addEventListener("keydown", onKey);
  };
  begin();

  // ---------------------------------------------------------------- one draft: what it counts, while it is typed

  const form = document.querySelector("[data-session-form]");
  if (!form) return;
  const live = form.querySelector("[data-live-sum]");
  const planned = JSON.parse(form.dataset.planned);
  const required = JSON.parse(form.dataset.required);
  const names = JSON.parse(form.dataset.groups);
  const field = (name) => form.elements.namedItem(name);
  const lengthText = (minutes) => {
    const hours = Math.floor(minutes / 60);
    const parts = hours ? [`${hours} ${live.dataset.hours}`] : [];
    if (minutes % 60 || !hours) parts.push(`${minutes % 60} ${live.dataset.minutes}`);
    return parts.join(" ");
  };
  const minutesOf = (clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
  const breakMinutes = () => {
    if (form.dataset.gross) return 0;
    let sum = 0;
    for (const start of form.querySelectorAll("input[name^=breaks-][name$=-start]")) {
      const end = form.elements.namedItem(start.name.replace(/start$/, "end"));
      if (start.value && end.value) sum += (minutesOf(end.value) - minutesOf(start.value) + 1440) % 1440;
    }
    return sum;
  };
  const addUp = () => {
    const [start, end] = [field("starts_at").value, field("ends_at").value];
    const category = field("category").value;
    const own = start && end ? (Date.parse(`${end}Z`) - Date.parse(`${start}Z`)) / 60000 - breakMinutes() : NaN;
    live.hidden = !(own > 0) || !(category in required);
    if (live.hidden) return;
    const chosen = [...form.querySelectorAll("input[name=groups]:checked")].map((box) => box.value);
    const concerned = chosen.length ? chosen : Object.keys(planned);
    const bySum = new Map();
    for (const group of concerned) {
      const sum = (planned[group]?.[category] ?? 0) + own;
      bySum.set(sum, [...(bySum.get(sum) ?? []), names[group] ?? group]);
    }
    const sums = [...bySum].map(([sum, who]) =>
      bySum.size > 1 || chosen.length ? `${lengthText(sum)} (${who.join(", ")})` : lengthText(sum));
    const title = field("category").selectedOptions[0].textContent.trim();
    live.textContent = live.dataset.text
      .replace("{minutes}", lengthText(own))
      .replace("{category}", title)
      .replace("{sum}", sums.join(", "))
      .replace("{required}", lengthText(required[category]));
  };
  form.addEventListener("input", addUp);
  form.addEventListener("change", addUp);
  addUp();
})();
