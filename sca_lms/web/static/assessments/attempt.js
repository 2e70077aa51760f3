/* An attempt at a quiz: saves each answer as it is given, keeps what the server does not have yet, counts down.
   The page also works without this script: its form then saves and submits everything. */
(() => {
  "use strict";
  const form = document.getElementById("attempt");
  if (!form) return;
  const words = form.dataset;
  const questions = [...form.querySelectorAll("[data-question]")];
  const TYPING_MS = 900;
  const PATIENCE_MS = 15_000;
  const RETRY_MS = [2_000, 5_000, 10_000, 30_000];
  const STAYED_MS = 3_000;
  const ANNOUNCED_MINUTES = [5, 1];
  const say = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  for (const element of form.querySelectorAll("[data-with-script]")) element.hidden = false;
  for (const element of form.querySelectorAll("[data-without-script]")) element.hidden = true;

  // ---------------------------------------------------------------- what the reader sees

  const announce = (text) => { form.querySelector("[data-announce]").textContent = text; };

  const showState = (state, text) => {
    const place = form.querySelector("[data-save-state]");
    place.dataset.state = state;
    place.querySelector("[data-save-words]").textContent = text;
    if (state === "offline" || state === "refused") announce(text);
  };

  const showError = (question, message) => {
    const place = question.querySelector("[data-error]");
    place.querySelector("span").textContent = message;
    place.hidden = !message;
    question.toggleAttribute("data-faulty", Boolean(message));
    for (const field of question.querySelectorAll("input.form-control")) {
      field.classList.toggle("is-invalid", Boolean(message));
      if (message) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  };

  const isAnswered = (question) => {
    if ("faulty" in question.dataset) return false;
    const choices = question.querySelectorAll("input[type=radio], input[type=checkbox]");
    if (choices.length) return [...choices].some((choice) => choice.checked);
    return [...question.querySelectorAll("select, input")].every((field) => field.value.trim());
  };

  const showProgress = () => {
    const answered = questions.filter(isAnswered).length;
    form.querySelector("[data-answered]").textContent = say(words.wordAnswered, { answered });
    for (const question of questions) {
      const clear = question.querySelector("[data-clear]");
      if (clear && question.dataset.question !== "order") clear.hidden = !isAnswered(question);
    }
  };

  // ---------------------------------------------------------------- orders: arrows instead of numbers

  const placesOf = (question) => [...question.querySelectorAll(".sequence > li")];

  const showOrder = (question) => {
    const items = placesOf(question);
    const placed = items.every((item) => item.querySelector("select").value);
    question.toggleAttribute("data-unanswered", !placed);
    items.forEach((item, index) => {
      item.querySelector(".sequence-place").textContent = index + 1;
      item.querySelector("[data-move='-1']").disabled = index === 0;
      item.querySelector("[data-move='1']").disabled = index === items.length - 1;
    });
    question.querySelector("[data-unplaced]").hidden = placed;
    question.querySelector("[data-keep]").hidden = placed;
    question.querySelector("[data-clear]").hidden = !placed;
  };

  const sortByPlace = (question) => {
    const place = (item) => Number(item.querySelector("select").value) || Infinity;
    const items = placesOf(question);
    items.sort((one, other) => (place(one) === place(other) ? 0 : place(one) - place(other)));
    question.querySelector(".sequence").append(...items);
    showOrder(question);
  };

  const keepOrder = (question) => {
    placesOf(question).forEach((item, index) => { item.querySelector("select").value = String(index + 1); });
    showOrder(question);
    changed(question);
  };

  const move = (button) => {
    const question = button.closest("[data-question]");
    const item = button.closest("li");
    if (button.dataset.move === "-1") item.previousElementSibling.before(item);
    else item.nextElementSibling.after(item);
    keepOrder(question);
    const items = placesOf(question);
    announce(say(words.wordMoved, {
      item: item.querySelector(".grow").textContent.trim(),
      place: items.indexOf(item) + 1,
      total: items.length,
    }));
    (button.disabled ? item.querySelector("[data-move]:not(:disabled)") : button).focus();
  };

  // ---------------------------------------------------------------- what the server does not have yet

  const storageKey = `sca-lms:attempt:${words.attempt}`;
  const unsaved = new Map();

  let leaving = false;

  const remember = () => {
    // The next page may have been made before an answer now on its way arrives; it will send it once more.
    if (leaving && !over) return;
    try {
      if (unsaved.size) window.localStorage.setItem(storageKey, JSON.stringify([...unsaved]));
      else window.localStorage.removeItem(storageKey);
    } catch {
      // A frame may be given no storage; the answers then live as long as the page.
    }
  };

  const remembered = () => {
    try {
      return JSON.parse(window.localStorage.getItem(storageKey)) || [];
    } catch {
      return [];
    }
  };

  const fieldsOf = (question) => [...question.querySelectorAll("input[name], select[name]")];

  const valuesOf = (question) =>
    fieldsOf(question)
      .filter((field) => !["radio", "checkbox"].includes(field.type) || field.checked)
      .map((field) => [field.name, field.value]);

  const restore = (question, values) => {
    for (const field of fieldsOf(question)) {
      const own = values.filter(([name]) => name === field.name).map(([, value]) => value);
      if (["radio", "checkbox"].includes(field.type)) field.checked = own.includes(field.value);
      else field.value = own[0] || "";
    }
    if (question.dataset.question === "order") sortByPlace(question);
  };

  // ---------------------------------------------------------------- sending, one answer at a time

  let sending = false;
  let failures = 0;
  let retryTimer = 0;
  let over = false;

  const post = async (url, values) => {
    const impatience = new AbortController();
    const timer = window.setTimeout(() => impatience.abort(), PATIENCE_MS);
    try {
      return await fetch(url, {
        method: "POST",
        body: new URLSearchParams(values),
        headers: { "X-CSRF-Token": form.elements.csrf_token.value, Accept: "application/json" },
        redirect: "manual",
        signal: impatience.signal,
      });
    } finally {
      window.clearTimeout(timer);
    }
  };

  const leaveFor = (url) => {
    over = true;
    unsaved.clear();
    remember();
    window.location.assign(url);
  };

  const tryLater = () => {
    showState("offline", words.wordOffline);
    window.clearTimeout(retryTimer);
    retryTimer = window.setTimeout(send, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
    failures += 1;
  };

  const send = async () => {
    window.clearTimeout(retryTimer);
    const next = [...unsaved.keys()].find((number) => !unsaved.get(number).refused);
    if (sending || over || next === undefined) return;
    const question = questions.find((candidate) => candidate.dataset.number === next);
    const entry = unsaved.get(next);
    sending = true;
    showState("saving", words.wordSaving);
    let answer;
    try {
      answer = await post(question.dataset.saveUrl, entry.values);
    } catch {
      sending = false;
      tryLater();
      return;
    }
    sending = false;
    if (answer.status >= 500 || answer.status === 429) {
      tryLater();
      return;
    }
    failures = 0;
    await received(question, next, entry, answer);
  };

  const received = async (question, number, entry, answer) => {
    const told = await answer.json().catch(() => ({}));
    if (answer.status === 409 && told.next) {
      leaveFor(told.next);
      return;
    }
    if (answer.status === 422) {
      entry.refused = true;
      showError(question, told.message);
      showProgress();
      showState("refused", words.wordRefused);
    } else if (!answer.ok) {
      showState("refused", words.wordSignedOut);
      return;
    } else {
      // What was typed while this was on its way is still to be sent.
      if (unsaved.get(number) === entry) unsaved.delete(number);
      if (told.seconds_left !== null) endsAt = performance.now() + told.seconds_left * 1000;
      if (!unsaved.size) showState("saved", say(words.wordSavedAt, { time: told.saved_at }));
    }
    remember();
    send();
  };

  const changed = (question) => {
    showError(question, "");
    unsaved.set(question.dataset.number, { values: valuesOf(question), refused: false });
    remember();
    showProgress();
    send();
  };

  // ---------------------------------------------------------------- listening

  const typing = new Map();
  const settleTyping = (question) => {
    if (!typing.has(question)) return;
    window.clearTimeout(typing.get(question));
    typing.delete(question);
    changed(question);
  };

  form.addEventListener("input", (event) => {
    if (!event.target.matches("input.form-control")) return;
    const question = event.target.closest("[data-question]");
    window.clearTimeout(typing.get(question));
    typing.set(question, window.setTimeout(() => settleTyping(question), TYPING_MS));
    showProgress();
  });

  form.addEventListener("change", (event) => {
    const question = event.target.closest("[data-question]");
    if (!question) return;
    if (event.target.matches("input.form-control")) settleTyping(question);
    else changed(question);
  });

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-move], button[data-keep], button[data-clear]");
    if (!button) return;
    const question = button.closest("[data-question]");
    if (button.dataset.move) {
      move(button);
    } else if ("keep" in button.dataset) {
      keepOrder(question);
      question.querySelector("[data-clear]").focus();
    } else {
      const order = question.dataset.question === "order";
      for (const field of fieldsOf(question)) {
        if (field.type === "radio") field.checked = false;
        else field.value = "";
      }
      if (order) showOrder(question);
      changed(question);
      (order ? question.querySelector("[data-keep]") : fieldsOf(question)[0]).focus();
    }
  });

  form.addEventListener("submit", (event) => {
    if (!navigator.onLine) {
      event.preventDefault();
      showState("offline", words.wordOffline);
      return;
    }
    // The form itself carries every answer.
    over = true;
  });

  window.addEventListener("online", () => { failures = 0; send(); });
  window.addEventListener("offline", () => { if (unsaved.size) showState("offline", words.wordOffline); });
  window.addEventListener("beforeunload", (event) => {
    if (over) return;
    for (const question of typing.keys()) settleTyping(question);
    if (!unsaved.size) return;
    event.preventDefault();
    leaving = true;
    window.setTimeout(() => { leaving = false; remember(); }, STAYED_MS);
  });
  window.addEventListener("pageshow", (event) => {
    // A page brought back from the browser's memory may show an attempt that is over.
    if (event.persisted) window.location.reload();
  });

  // ---------------------------------------------------------------- the time that is left

  let endsAt = words.secondsLeft === undefined ? null : performance.now() + Number(words.secondsLeft) * 1000;
  const announced = new Set();

  const showTime = (seconds) => {
    const two = (value) => String(value).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    form.querySelector("[data-timer]").textContent = hours ? `${hours}:${rest}` : rest;
    form.querySelector("[data-timer-chip]").toggleAttribute("data-late", seconds <= 60);
    for (const minutes of ANNOUNCED_MINUTES) {
      if (seconds > minutes * 60 || seconds < minutes * 60 - 5 || announced.has(minutes)) continue;
      announced.add(minutes);
      announce(minutes === 1 ? words.wordMinuteLeft : say(words.wordMinutesLeft, { minutes }));
    }
  };

  const timeUp = async () => {
    over = true;
    showState("saving", words.wordTimeUp);
    const values = [...new FormData(form), ["action", "time-up"]];
    try {
      await post(form.getAttribute("action"), values);
    } catch {
      showState("offline", words.wordTimeUpOffline);
      announce(words.wordTimeUpOffline);
      window.addEventListener("online", () => leaveFor(words.reviewUrl), { once: true });
      return;
    }
    leaveFor(words.reviewUrl);
  };

  const tick = () => {
    const seconds = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
    showTime(seconds);
    if (over) return;
    if (seconds) window.setTimeout(tick, 500);
    else timeUp();
  };

  // ---------------------------------------------------------------- begin

  for (const question of questions) if (question.dataset.question === "order") sortByPlace(question);
  for (const [number, entry] of remembered()) {
    const question = questions.find((candidate) => candidate.dataset.number === number);
    if (!question) continue;
    restore(question, entry.values);
    unsaved.set(number, { values: valuesOf(question), refused: false });
  }
  showProgress();
  send();
  if (endsAt !== null) tick();
})();
