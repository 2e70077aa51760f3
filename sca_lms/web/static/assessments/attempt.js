/* An attempt at a quiz: saves each answer as it is given, keeps what the server does not have yet, counts down.
   The page also works without this script: its form then saves and submits everything. */
(() => {
  "use strict";
  const form = document.getElementById("attempt");
  if (!form) return;
  const words = form.dataset;
  const questions = [...form.querySelectorAll("[data-question]")];
  // A pause in typing sends what is there; who types on and on is saved all the same, and on this device sooner.
  const TYPING_MS = 900;
  const TYPING_MOST_MS = 1_500;
  const KEEP_MS = 400;
  const TIME_CHECK_MS = 30_000;
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
    for (const field of question.querySelectorAll("input.form-control, textarea.form-control")) {
      field.classList.toggle("is-invalid", Boolean(message));
      if (message) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  };

  const isAnswered = (question) => {
    if ("faulty" in question.dataset) return false;
    const choices = question.querySelectorAll("input[type=radio], input[type=checkbox]");
    if (question.dataset.question === "file") return Boolean(question.querySelector("[data-handed-in], input[type=checkbox]:not(:checked)"));
    if (choices.length) return [...choices].some((choice) => choice.checked);
    return [...question.querySelectorAll("select, input, textarea")].every((field) => field.value.trim());
  };

  // Thai is written without spaces; where the browser cannot part its words, the server's count remains.
  const countWords = (field) => {
    const place = field.parentElement.querySelector("[data-words]");
    if (!place || !window.Intl?.Segmenter) return;
    const parts = new Intl.Segmenter(document.documentElement.lang, { granularity: "word" }).segment(field.value);
    place.textContent = say(place.dataset.words, { words: [...parts].filter((part) => part.isWordLike).length });
  };
  for (const field of form.querySelectorAll("textarea")) field.addEventListener("input", () => countWords(field));

  const showJump = (question) => {
    const jump = form.querySelector(`[data-jump="${question.dataset.number}"]`);
    const flag = form.querySelector(`[data-flag="${question.dataset.number}"]`);
    const flagged = flag.getAttribute("aria-pressed") === "true";
    const answered = isAnswered(question);
    jump.toggleAttribute("data-done", answered);
    jump.toggleAttribute("data-flagged", flagged);
    const told = [answered && words.wordAnsweredJump, flagged && words.wordFlaggedJump].filter(Boolean);
    jump.querySelector("[data-jump-words]").textContent = told.length ? ` ${told.join(" ")}` : "";
  };

  const showProgress = () => {
    const answered = questions.filter(isAnswered).length;
    form.querySelector("[data-answered]").textContent = say(words.wordAnswered, { answered });
    for (const question of questions) {
      showJump(question);
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

  const drafts = window.scaQuizDrafts(words.attempt);
  const unsaved = new Map();

  // While a page is being left, what is on its way may not arrive; the next page sends it once more.
  let leaving = false;

  const remember = (number) => {
    const entry = unsaved.get(number);
    if (!entry) return Promise.resolve();
    return drafts.keep(number, { values: entry.values, at: entry.at });
  };

  const forget = (number, at) => (leaving && !over ? Promise.resolve() : drafts.forget(number, at));

  const fieldsOf = (question) => [...question.querySelectorAll("input[name]:not([type=file]), select[name], textarea[name]")];

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

  const post = async (url, body, patience = PATIENCE_MS) => {
    const impatience = new AbortController();
    const timer = window.setTimeout(() => impatience.abort(), patience);
    try {
      return await fetch(url, {
        method: "POST",
        body,
        headers: { "X-CSRF-Token": form.elements.csrf_token.value, Accept: "application/json" },
        redirect: "manual",
        signal: impatience.signal,
      });
    } finally {
      window.clearTimeout(timer);
    }
  };

  const leaveFor = async (url) => {
    over = true;
    unsaved.clear();
    await drafts.clear();
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
      answer = await post(question.dataset.saveUrl, new URLSearchParams(entry.values));
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
      await leaveFor(told.next);
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
      if (unsaved.get(number) === entry) {
        unsaved.delete(number);
        await forget(number, entry.at);
      }
      nowIs(question, told);
      if (!unsaved.size) showState("saved", say(words.wordSavedAt, { time: told.saved_at }));
    }
    send();
  };

  // The form tells what each answer was when this window last knew, so that it undoes nothing of another one.
  const nowIs = (question, told) => {
    form.querySelector(`[data-was="${question.dataset.number}"]`).value = told.was;
    timeIs(told.seconds_left);
  };

  const keepHere = (question) => {
    const number = question.dataset.number;
    unsaved.set(number, { values: valuesOf(question), refused: false, at: Date.now() });
    return remember(number);
  };

  const changed = (question) => {
    showError(question, "");
    keepHere(question);
    showProgress();
    send();
  };

  // ---------------------------------------------------------------- files, which are sent at once

  const handIn = async (field) => {
    const question = field.closest("[data-question]");
    const file = field.files[0];
    if (!file) return;
    const body = new FormData();
    body.append(field.name, file);
    showError(question, "");
    showState("saving", words.wordSaving);
    let answer;
    try {
      answer = await post(question.dataset.saveUrl, body, 120_000);
    } catch {
      showError(question, words.wordFileWaits);
      showState("offline", words.wordFileWaits);
      return;
    }
    const told = await answer.json().catch(() => ({}));
    if (answer.status === 409 && told.next) {
      await leaveFor(told.next);
    } else if (!answer.ok) {
      showError(question, told.message || words.wordFileWaits);
      showState("refused", words.wordRefused);
    } else {
      nowIs(question, told);
      field.value = "";
      showFile(question, field, told.file);
      showProgress();
      showState("saved", say(words.wordSavedAt, { time: told.saved_at }));
      announce(words.wordFile);
    }
  };

  const showFile = (question, field, address) => {
    const known = question.querySelector("p > a.link");
    if (known && !known.closest("[data-handed-in]")) {
      known.href = address;
      return;
    }
    let place = question.querySelector("[data-handed-in]");
    if (!place) {
      place = document.createElement("p");
      place.dataset.handedIn = "";
      field.before(place);
    }
    const link = document.createElement("a");
    link.className = "link";
    link.href = address;
    link.textContent = words.wordFile;
    place.replaceChildren(link);
  };

  // ---------------------------------------------------------------- flags

  const turnFlag = async (button) => {
    const on = button.getAttribute("aria-pressed") !== "true";
    const show = (pressed) => {
      button.setAttribute("aria-pressed", String(pressed));
      button.querySelector("[data-flag-words]").textContent = pressed ? words.wordFlagged : words.wordFlag;
      showJump(questions.find((question) => question.dataset.number === button.dataset.flag));
    };
    show(on);
    try {
      const answer = await post(button.dataset.flagUrl, new URLSearchParams({ on: on ? "1" : "0" }));
      if (!answer.ok) show(!on);
    } catch {
      show(!on);
      showState("offline", words.wordOffline);
    }
  };

  // ---------------------------------------------------------------- listening

  const typing = new Map();
  const settleTyping = (question) => {
    const told = typing.get(question);
    if (!told) return;
    window.clearTimeout(told.timer);
    window.clearTimeout(told.keeping);
    typing.delete(question);
    changed(question);
  };

  form.addEventListener("input", (event) => {
    if (!event.target.matches("input.form-control:not([type=file]), textarea.form-control")) return;
    const question = event.target.closest("[data-question]");
    const told = typing.get(question) || { since: Date.now(), timer: 0, keeping: 0 };
    window.clearTimeout(told.timer);
    const left = Math.max(0, told.since + TYPING_MOST_MS - Date.now());
    told.timer = window.setTimeout(() => settleTyping(question), Math.min(TYPING_MS, left));
    told.keeping ||= window.setTimeout(() => {
      told.keeping = 0;
      drafts.keep(question.dataset.number, { values: valuesOf(question), at: Date.now() });
    }, KEEP_MS);
    typing.set(question, told);
    if (!sending) showState("typing", words.wordTyping);
    showProgress();
  });

  form.addEventListener("change", (event) => {
    const question = event.target.closest("[data-question]");
    if (!question) return;
    if (event.target.matches("input[type=file]")) handIn(event.target);
    else if (event.target.matches("input.form-control:not([type=file]), textarea.form-control")) settleTyping(question);
    else changed(question);
  });

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-move], button[data-keep], button[data-clear], button[data-flag]");
    if (!button) return;
    if (button.dataset.flag) {
      event.preventDefault();
      turnFlag(button);
      return;
    }
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

  // A jump leads to the question and not only to its place on the page.
  form.querySelector(".jump-list").addEventListener("click", (event) => {
    const jump = event.target.closest("[data-jump]");
    if (!jump) return;
    event.preventDefault();
    const question = questions.find((candidate) => candidate.dataset.number === jump.dataset.jump);
    question.focus();
    question.scrollIntoView();
  });

  window.addEventListener("online", () => { failures = 0; send(); });
  window.addEventListener("offline", () => { if (unsaved.size) showState("offline", words.wordOffline); });
  // A page in the background may be thrown away without a word.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") for (const question of [...typing.keys()]) settleTyping(question);
  });
  window.addEventListener("beforeunload", (event) => {
    if (over) return;
    for (const question of [...typing.keys()]) settleTyping(question);
    if (!unsaved.size) return;
    event.preventDefault();
    leaving = true;
    window.setTimeout(() => { leaving = false; }, STAYED_MS);
  });
  window.addEventListener("pageshow", (event) => {
    // A page brought back from the browser's memory may show an attempt that is over.
    if (event.persisted) window.location.reload();
  });

  // ---------------------------------------------------------------- the time that is left

  let endsAt = words.secondsLeft === undefined ? null : performance.now() + Number(words.secondsLeft) * 1000;
  const announced = new Set();

  // Only the server knows; staff may give more time while somebody answers.
  const timeIs = (seconds) => {
    if (endsAt === null || seconds === null || seconds === undefined) return;
    const told = performance.now() + seconds * 1000;
    if (told > endsAt + 5_000) announce(words.wordMoreTime);
    endsAt = told;
  };

  const checkTime = async () => {
    if (over) return;
    try {
      const answer = await fetch(words.timeUrl, { headers: { Accept: "application/json" }, redirect: "manual" });
      const told = await answer.json();
      if (answer.ok) timeIs(told.seconds_left);
      else if (answer.status === 409 && told.next && !unsaved.size) await leaveFor(told.next);
    } catch {
      // Without the network the page counts on by itself.
    }
  };

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
    const values = [...new FormData(form), ["action", "time-up"]].filter(([, value]) => typeof value === "string");
    try {
      await post(form.getAttribute("action"), new URLSearchParams(values));
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

  const takeBack = async () => {
    for (const [number, entry] of await drafts.all()) {
      const question = questions.find((candidate) => candidate.dataset.number === number);
      if (!question || unsaved.has(number)) continue;
      restore(question, entry.values);
      unsaved.set(number, { values: valuesOf(question), refused: false, at: entry.at });
    }
    if (unsaved.size) showState("offline", words.wordOffline);
    showProgress();
    send();
  };

  for (const question of questions) if (question.dataset.question === "order") sortByPlace(question);
  showProgress();
  takeBack();
  if (endsAt !== null) {
    tick();
    window.setInterval(checkTime, TIME_CHECK_MS);
  }
})();
