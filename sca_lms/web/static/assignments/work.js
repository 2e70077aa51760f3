/* A work being written: saves itself, keeps on this device what the server does not have yet, uploads files with
   their progress, and shows both texts when somebody else has saved another one. The page works without it too. */
(() => {
  "use strict";
  const form = document.getElementById("work-form");
  if (!form) return;
  const words = form.dataset;
  const TYPING_MS = 900;
  const PATIENCE_MS = 15_000;
  const RETRY_MS = [2_000, 5_000, 10_000, 30_000];
  const say = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const one = (selector) => document.querySelector(selector);
  const fields = ["text", "link"].map((name) => form.elements[name]).filter(Boolean);
  const version = form.elements.draft_version;
  const token = form.elements.csrf_token.value;
  const moved = one("[data-moved]");

  for (const element of document.querySelectorAll("[data-with-script]")) element.hidden = false;
  for (const element of document.querySelectorAll("[data-without-script]")) element.hidden = true;

  const showState = (state, text) => {
    const place = one("[data-save-state]");
    place.dataset.state = state;
    place.querySelector("[data-save-words]").textContent = text;
  };

  // ---------------------------------------------------------------- what the server does not have yet

  const storageKey = `sca-lms:work:${words.key}`;
  const typed = () => Object.fromEntries(fields.map((field) => [field.name, field.value]));
  let sent = JSON.stringify(typed());
  let over = false;

  const isUnsent = () => JSON.stringify(typed()) !== sent;

  const remember = () => {
    try {
      if (isUnsent() && !over) {
        window.localStorage.setItem(storageKey, JSON.stringify({ ...typed(), version: version.value }));
      } else {
        window.localStorage.removeItem(storageKey);
      }
    } catch {
      // A frame may be given no storage; the text then lives as long as the page.
    }
  };

  const remembered = () => {
    try {
      return JSON.parse(window.localStorage.getItem(storageKey));
    } catch {
      return null;
    }
  };

  // ---------------------------------------------------------------- two texts

  let theirs = null;

  const showBoth = (told) => {
    theirs = told;
    one("[data-theirs-text]").textContent = told.text;
    one("[data-theirs-link]").textContent = told.link;
    moved.hidden = false;
    showState("refused", words.wordMoved);
    moved.focus();
  };

  const settle = (change) => {
    if (theirs) {
      change(theirs);
      version.value = theirs.version;
    }
    theirs = null;
    moved.hidden = true;
    (fields[0] || form).focus();
    sent = "";
    save();
  };

  one("[data-keep-mine]")?.addEventListener("click", () => settle(() => {}));
  one("[data-take-theirs]")?.addEventListener("click", () => settle((told) => {
    for (const field of fields) field.value = told[field.name];
  }));
  one("[data-join]")?.addEventListener("click", () => settle((told) => {
    const text = form.elements.text;
    if (text) text.value = `${text.value}\n\n${told.text}`;
  }));

  // ---------------------------------------------------------------- saving

  let saving = null;
  let failures = 0;
  let retryTimer = 0;
  let typingTimer = 0;

  const tryLater = () => {
    showState("offline", words.wordOffline);
    window.clearTimeout(retryTimer);
    retryTimer = window.setTimeout(save, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
    failures += 1;
  };

  const post = async () => {
    const impatience = new AbortController();
    const timer = window.setTimeout(() => impatience.abort(), PATIENCE_MS);
    try {
      return await fetch(words.draftUrl, {
        method: "POST",
        body: new URLSearchParams({ ...typed(), draft_version: version.value }),
        headers: { "X-CSRF-Token": token, Accept: "application/json" },
        redirect: "manual",
        signal: impatience.signal,
      });
    } finally {
      window.clearTimeout(timer);
    }
  };

  const saveOnce = async () => {
    const state = JSON.stringify(typed());
    showState("saving", words.wordSaving);
    let answer;
    try {
      answer = await post();
    } catch {
      tryLater();
      return;
    }
    if (answer.status >= 500 || answer.status === 429) {
      tryLater();
      return;
    }
    failures = 0;
    const told = await answer.json().catch(() => null);
    if (!told) {
      showState("refused", words.wordSignedOut);
    } else if (answer.status === 409) {
      showBoth(told);
    } else if (!answer.ok) {
      showState("refused", told.message || words.wordSignedOut);
    } else {
      sent = state;
      version.value = told.version;
      showState("saved", say(words.wordSaved, { time: told.saved_at }));
    }
    remember();
    if (answer.ok && isUnsent()) typingTimer = window.setTimeout(save, TYPING_MS);
  };

  async function save() {
    window.clearTimeout(retryTimer);
    window.clearTimeout(typingTimer);
    if (over || theirs || !isUnsent()) return;
    if (saving) return;
    saving = saveOnce();
    await saving;
    saving = null;
  }

  form.addEventListener("input", () => {
    remember();
    window.clearTimeout(typingTimer);
    typingTimer = window.setTimeout(save, TYPING_MS);
  });
  form.addEventListener("change", save);
  window.addEventListener("online", () => { failures = 0; save(); });
  window.addEventListener("offline", () => { if (isUnsent()) showState("offline", words.wordOffline); });

  // ---------------------------------------------------------------- handing in

  form.addEventListener("submit", async (event) => {
    if (!navigator.onLine) {
      event.preventDefault();
      showState("offline", words.wordOffline);
      return;
    }
    if (saving) {
      // What is on its way changes the draft's version, which this form has to know.
      event.preventDefault();
      const { submitter } = event;
      await saving;
      if (!theirs) form.requestSubmit(submitter);
      return;
    }
    window.clearTimeout(typingTimer);
    over = true;
    remember();
  });
  window.addEventListener("beforeunload", (event) => {
    if (over || !isUnsent()) return;
    remember();
    save();
    event.preventDefault();
  });
  window.addEventListener("pageshow", (event) => {
    // A page brought back from the browser's memory may show what is over.
    if (event.persisted) window.location.reload();
  });

  // ---------------------------------------------------------------- files

  const upload = one("[data-upload]");
  const picker = upload?.elements.file;
  const uploadState = one("[data-upload-state]");
  const uploadError = one("[data-upload-error]");

  const showUploadError = (message) => {
    uploadError.querySelector("span").textContent = message;
    uploadError.hidden = !message;
  };

  const sendFile = (file) => new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("file", file);
    request.open("POST", words.filesUrl);
    request.setRequestHeader("X-CSRF-Token", token);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      const percent = event.lengthComputable ? Math.round((100 * event.loaded) / event.total) : 0;
      uploadState.querySelector("progress").value = percent;
      uploadState.querySelector("[data-upload-words]").textContent = say(words.wordUploading, { name: file.name, percent });
    });
    const failed = () => resolve({ failed: true });
    request.addEventListener("error", failed);
    request.addEventListener("timeout", failed);
    request.addEventListener("load", () => resolve(request.response || { failed: true }));
    request.send(body);
  });

  picker?.addEventListener("change", async () => {
    const files = [...picker.files];
    if (!files.length) return;
    showUploadError("");
    uploadState.hidden = false;
    picker.disabled = true;
    for (const file of files) {
      const told = await sendFile(file);
      if (told.html !== undefined) one("[data-files]").innerHTML = told.html;
      const message = told.failed ? say(words.wordUploadFailed, { name: file.name }) : told.message;
      if (message) {
        showUploadError(message);
        break;
      }
      uploadState.querySelector("[data-upload-words]").textContent = say(words.wordUploaded, { name: file.name });
    }
    picker.disabled = false;
    picker.value = "";
    picker.focus();
  });

  // ---------------------------------------------------------------- begin

  if (!moved.hidden) {
    theirs = {
      text: one("[data-theirs-text]").textContent,
      link: one("[data-theirs-link]").textContent,
      version: version.value,
    };
  }
  const kept = remembered();
  if (kept && !theirs) {
    const stored = { ...typed(), version: version.value };
    const differs = fields.some((field) => kept[field.name] !== undefined && kept[field.name] !== field.value);
    for (const field of fields) field.value = kept[field.name] ?? field.value;
    if (!differs) remember();
    else if (kept.version === version.value) save();
    else showBoth({ text: stored.text ?? "", link: stored.link ?? "", version: stored.version });
  }
})();
