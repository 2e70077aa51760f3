/* The grader: keeps what is typed, a second later on the server and at once in the browser; works by single keys.
   The page also works without this script: its form saves everything. */
(() => {
  "use strict";
  const form = document.querySelector("[data-grader]");
  if (!form) return;
  const words = form.dataset;
  const TYPING_MS = 1000;
  const PATIENCE_MS = 15_000;
  const RETRY_MS = [2_000, 5_000, 10_000, 30_000];
  const KEYS_OFF = "sca-lms:grader-keys-off";
  const say = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const memory = {
    get(key) { try { return window.localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { window.localStorage.setItem(key, value); } catch { /* A frame may be given no storage. */ } },
    drop(key) { try { window.localStorage.removeItem(key); } catch { /* As above. */ } },
  };

  for (const element of document.querySelectorAll("[data-with-script]")) element.hidden = false;
  for (const element of document.querySelectorAll("[data-without-script]")) element.hidden = true;

  // ---------------------------------------------------------------- what is typed

  const fields = () => [...form.elements].filter((field) => field.name && !["hidden", "submit", "file", "button"].includes(field.type));
  const valuesOf = () =>
    fields()
      .filter((field) => !["radio", "checkbox"].includes(field.type) || field.checked)
      .map((field) => [field.name, field.value])
      .filter(([name]) => name !== "drop");

  const showState = (state, text) => {
    const place = form.querySelector("[data-save-state]");
    place.className = `state is-${state}`;
    place.querySelector("[data-save-words]").textContent = text;
  };
  const announce = (text) => { form.querySelector("[data-announce]").textContent = text; };

  const showLeft = () => {
    const criteria = [...form.querySelectorAll("[data-criterion]")];
    const open = criteria.filter((each) => !each.querySelector("input:checked")).length;
    const points = [...form.querySelectorAll("input.points")].filter((field) => !field.value.trim()).length;
    const left = open + points;
    document.querySelector("[data-left]").textContent = left ? say(words.wordLeft, { number: left }) : words.wordComplete;
    // A sum is only said by the server, and only once everything is marked.
    document.querySelector("[data-sum]").hidden = true;
  };

  // ---------------------------------------------------------------- drafts

  let dirty = false;
  let sending = null;
  let timer = 0;
  let failures = 0;
  let leaving = false;

  // Another window of the same marker holds something else; this button shows both.
  const both = form.querySelector("[data-show-both]");

  const body = () => {
    const sent = new URLSearchParams(valuesOf());
    for (const name of ["row_version", "draft_version", "submission", "csrf_token"]) sent.set(name, form.elements[name].value);
    return sent;
  };

  const remember = () => memory.set(words.key, JSON.stringify({ version: form.elements.row_version.value, draft: form.elements.draft_version.value, values: valuesOf() }));

  const post = async () => {
    const impatience = new AbortController();
    const stop = window.setTimeout(() => impatience.abort(), PATIENCE_MS);
    try {
      const answer = await fetch(words.draftUrl, {
        method: "POST",
        body: body(),
        headers: { Accept: "application/json" },
        redirect: "manual",
        signal: impatience.signal,
      });
      if (answer.status === 409) return { ...(await answer.json()), ok: false };
      if (!answer.ok) return { ok: false, message: "" };
      return { ok: true, ...(await answer.json()) };
    } catch {
      return { ok: false, away: true };
    } finally {
      window.clearTimeout(stop);
    }
  };

  const send = async () => {
    window.clearTimeout(timer);
    if (sending) await sending;
    if (!dirty) return true;
    dirty = false;
    showState("wait", words.wordSaving);
    sending = post();
    const answer = await sending;
    sending = null;
    if (answer.ok) {
      failures = 0;
      form.elements.draft_version.value = answer.draft_version;
      if (!dirty) {
        memory.drop(words.key);
        showState("ok", say(words.wordSaved, { time: answer.saved_at }));
      }
      return true;
    }
    dirty = true;
    if (answer.moved) both.hidden = false;
    if (answer.message) {
      showState("never", answer.message);
      announce(answer.message);
      return false;
    }
    showState("behind", words.wordOffline);
    announce(words.wordOffline);
    timer = window.setTimeout(send, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
    failures += 1;
    return false;
  };

  const changed = () => {
    dirty = true;
    remember();
    showLeft();
    window.clearTimeout(timer);
    timer = window.setTimeout(send, TYPING_MS);
  };

  const flush = async () => {
    // What was typed while a draft was on its way is sent as well.
    for (let round = 0; round < 3 && (dirty || sending); round += 1) if (!(await send())) return false;
    return true;
  };

  const restore = (values) => {
    for (const field of fields()) {
      const own = values.filter(([name]) => name === field.name).map(([, value]) => value);
      if (["radio", "checkbox"].includes(field.type)) field.checked = own.includes(field.value);
      else field.value = own[0] || "";
    }
  };

  const kept = memory.get(words.key);
  if (kept) {
    try {
      const { version, draft, values } = JSON.parse(kept);
      // Also when the mark has changed since: saving then shows both versions.
      form.elements.row_version.value = version;
      if (draft !== undefined) form.elements.draft_version.value = draft;
      restore(values);
      dirty = true;
      showState("behind", words.wordRestored);
      send();
    } catch {
      memory.drop(words.key);
    }
  }

  form.addEventListener("input", changed);
  window.addEventListener("online", () => { if (dirty) send(); });
  window.addEventListener("pagehide", () => {
    if (dirty && !leaving) navigator.sendBeacon(words.draftUrl, body());
  });

  const go = async (url) => {
    if (!(await flush())) {
      announce(words.wordWait);
      showState("behind", words.wordWait);
      return;
    }
    leaving = true;
    window.location.assign(url);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || link.hash && link.pathname === window.location.pathname && link.search === window.location.search) return;
    if (link.target || link.hasAttribute("download") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!dirty && !sending) return;
    event.preventDefault();
    go(link.href);
  });

  // Every other form of the page waits for the draft as well; this one is sent once the draft is safe.
  let passing = false;
  document.addEventListener("submit", async (event) => {
    if (both.contains(event.submitter)) {
      leaving = true;
      memory.drop(words.key);
      return;
    }
    if (passing || event.target.method === "dialog" || event.defaultPrevented) return;
    const target = event.target;
    if (target !== form && !dirty && !sending) return;
    if (target === form && !dirty && !sending) { leaving = true; return; }
    event.preventDefault();
    event.stopPropagation();
    const button = event.submitter;
    if (!(await flush())) {
      announce(words.wordWait);
      showState("behind", words.wordWait);
      return;
    }
    passing = true;
    leaving = true;
    target.requestSubmit(button?.form === target ? button : undefined);
    passing = false;
  }, true);

  // ---------------------------------------------------------------- one criterion at a time

  const criteria = [...form.querySelectorAll("[data-criterion]")];
  let current = -1;

  const fold = (criterion, open) => {
    criterion.classList.toggle("now", open);
    const chosen = criterion.querySelector("input:checked");
    criterion.querySelector("[data-levels]").classList.toggle("open", open);
    const text = criterion.querySelector("[data-chosen-text]");
    text.hidden = open || !chosen;
    if (chosen) text.replaceChildren(...[...chosen.parentElement.querySelector(".level-text").childNodes].map((node) => node.cloneNode(true)));
  };

  const choose = (index, { focus = true } = {}) => {
    if (!criteria.length) return;
    current = Math.max(0, Math.min(criteria.length - 1, index));
    criteria.forEach((criterion, place) => fold(criterion, place === current));
    if (!focus) return;
    const input = criteria[current].querySelector("input:checked") || criteria[current].querySelector("input");
    input.focus({ preventScroll: true });
    criteria[current].scrollIntoView({ block: "nearest" });
  };

  criteria.forEach((criterion, index) => {
    criterion.addEventListener("focusin", () => { if (current !== index) choose(index, { focus: false }); });
    criterion.addEventListener("click", (event) => {
      if (event.target.closest("legend, .head")) choose(index);
    });
  });
  const firstOpen = criteria.findIndex((criterion) => !criterion.querySelector("input:checked"));
  choose(firstOpen === -1 ? 0 : firstOpen, { focus: false });
  if (kept) showLeft();

  const setLevel = (key) => {
    const label = criteria[current]?.querySelector(`[data-level-key="${CSS.escape(key)}"]`);
    if (!label) return false;
    const input = label.querySelector("input");
    input.checked = true;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    const next = criteria.findIndex((criterion, place) => place > current && !criterion.querySelector("input:checked"));
    choose(next === -1 ? current : next);
    return true;
  };

  // ---------------------------------------------------------------- the comment bank

  const bank = document.querySelector("[data-bank]");
  const comment = form.elements.comment;

  const insert = (text) => {
    const [start, end] = [comment.selectionStart ?? comment.value.length, comment.selectionEnd ?? comment.value.length];
    const glue = start > 0 && !/\s$/.test(comment.value.slice(0, start)) ? "\n" : "";
    comment.setRangeText(glue + text, start, end, "end");
    changed();
    comment.focus();
  };

  bank.addEventListener("click", async (event) => {
    const use = event.target.closest("[data-bank-text]");
    const add = event.target.closest("[data-bank-add]");
    const token = form.elements.csrf_token.value;
    if (use) {
      insert(use.dataset.bankText);
      fetch(use.dataset.usedUrl, { method: "POST", headers: { "X-CSRF-Token": token } }).catch(() => {});
    } else if (add && comment.value.trim()) {
      const typed = new URLSearchParams({ [document.documentElement.lang.startsWith("th") ? "th" : "en"]: comment.value.trim() });
      if (add.dataset.bankAdd === "shared") typed.set("shared", "y");
      try {
        const answer = await fetch(bank.dataset.addUrl, { method: "POST", body: typed, headers: { "X-CSRF-Token": token, Accept: "application/json" } });
        if (!answer.ok) return;
        const { id, th, en } = await answer.json();
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-quiet";
        button.dataset.bankText = th || en;
        button.dataset.usedUrl = `${bank.dataset.addUrl}/${id}/used`;
        const text = document.createElement("span");
        text.className = "is-plain";
        text.textContent = th || en;
        button.append(text);
        const line = document.createElement("li");
        line.append(button);
        bank.querySelector("[data-bank-list]").prepend(line);
        bank.querySelector("[data-bank-empty]").hidden = true;
      } catch {
        announce(words.wordOffline);
      }
    }
  });

  // ---------------------------------------------------------------- keys

  const help = document.querySelector("[data-help]");
  const keysOn = help.querySelector("[data-keys-on]");
  keysOn.checked = memory.get(KEYS_OFF) !== "yes";
  keysOn.addEventListener("change", () => (keysOn.checked ? memory.drop(KEYS_OFF) : memory.set(KEYS_OFF, "yes")));

  const saveNext = document.querySelector("[data-save-next]");
  const saveStay = saveNext.previousElementSibling;
  const inText = (element) => element?.matches("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox]):not([type=file])");

  const typePoints = (key) => {
    const field = [...form.querySelectorAll("input.points")].find((each) => !each.value.trim()) || form.querySelector("input.points");
    if (!field) return false;
    field.focus();
    field.value = key;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  };

  const acts = {
    j: () => choose(current + 1),
    k: () => choose(current - 1),
    ArrowDown: () => choose(current + 1),
    ArrowUp: () => choose(current - 1),
    n: () => form.requestSubmit(saveNext),
    s: () => form.requestSubmit(saveStay),
    p: () => document.querySelector("[data-previous]")?.click(),
    m: () => comment.focus(),
    c: () => { bank.open = true; (bank.querySelector("[data-bank-text]") || bank.querySelector("summary")).focus(); },
    "?": () => help.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (help.open) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(saveNext);
      return;
    }
    if (event.key === "Escape" && inText(document.activeElement)) {
      document.activeElement.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || inText(document.activeElement) || !keysOn.checked) return;
    // A Thai keyboard sends Thai letters; the place of the key says which one it is.
    const letter = /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : event.key;
    const digit = /^(Digit|Numpad)[0-9]$/.test(event.code) && !event.shiftKey ? event.code.slice(-1) : "";
    if (digit) {
      if (setLevel(digit) || (!criteria.length && typePoints(digit))) event.preventDefault();
      return;
    }
    if (letter.startsWith("Arrow") && !criteria.length) return;
    const act = acts[letter];
    if (!act || event.repeat && letter !== "j" && letter !== "k") return;
    event.preventDefault();
    act();
  });
})();
