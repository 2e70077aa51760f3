/* A note being written: keeps itself on the server, so that nothing typed is lost. The page works without it. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-note]");
  if (!form) return;
  const TYPING_MS = 1_200;
  const AGAIN_MS = 10_000;
  const text = form.elements.text;
  const version = form.elements.based_on;
  const state = form.querySelector("[data-note-state]");
  const words = form.dataset;
  let sent = text.value;
  let timer = 0;
  let sending = false;
  let leaving = false;

  const later = (milliseconds) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, milliseconds);
  };

  const keep = async () => {
    if (sending || leaving || text.value === sent) return;
    sending = true;
    const typed = text.value;
    const body = new URLSearchParams({ text: typed, based_on: version.value, csrf_token: form.elements.csrf_token.value });
    state.textContent = words.wordSaving;
    try {
      const answer = await fetch(words.draftUrl, { method: "POST", body, headers: { Accept: "application/json" } });
      const told = await answer.json();
      if (told.moved) {
        sent = typed;
        state.textContent = words.wordMoved;
      } else if (answer.ok) {
        sent = typed;
        if (told.version !== undefined) version.value = told.version;
        state.textContent = words.wordKept.replace("{time}", told.saved_at);
      } else {
        state.textContent = told.message || words.wordOffline;
      }
    } catch {
      state.textContent = words.wordOffline;
      later(AGAIN_MS);
    }
    sending = false;
    if (text.value !== typed) later(TYPING_MS);
  };

  text.addEventListener("input", () => later(TYPING_MS));
  form.addEventListener("submit", () => {
    leaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && text.value !== sent) event.preventDefault();
  });
})();
