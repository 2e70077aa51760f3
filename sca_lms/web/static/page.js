/* Small comforts of every page; each page also works without them. */
(() => {
  "use strict";
  const TOAST_MS = 8000;
  const SENT_MS = 20000;
  const BUSY_MS = 400;

  // A menu closes with Escape, with a click elsewhere, and when another one opens.
  const menus = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-fill], [data-copy], [data-dismiss]");
    if (!button) return;
    if (button.dataset.fill) {
      const input = document.getElementById(button.dataset.fill);
      input.value = button.dataset.value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
      input.focus();
    } else if (button.dataset.copy) {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
      } catch {
        // A frame may not write to the clipboard; the text stands beside the button and can be selected.
        return;
      }
      const done = button.querySelector("[data-done]");
      if (done) done.hidden = false;
    } else {
      button.closest(".pop").remove();
    }
  });
  for (const button of document.querySelectorAll("button[data-fill], button[data-copy]")) button.hidden = false;

  // A message stays eight seconds, and as long as somebody points at it or has moved into it.
  const toasts = document.querySelector(".toasts");
  if (toasts && toasts.children.length) {
    // What stands there from the start is not announced, what is added is.
    const shown = [...toasts.children];
    toasts.replaceChildren();
    toasts.classList.add("floating");
    window.setTimeout(() => {
      toasts.append(...shown);
      for (const pop of shown) {
        const leave = () => (pop.matches(":hover, :focus-within") ? window.setTimeout(leave, 1000) : pop.remove());
        window.setTimeout(leave, TOAST_MS);
      }
    }, 50);
  }

  // What is wrong comes first after a form was sent back.
  document.querySelector("[data-focus]")?.focus({ preventScroll: false });

  // A double click sends a form once, and whoever waits sees that it is under way: by a mark on the button, and in
  // words for who listens. A form that downloads something leaves the page standing, hence the time.
  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  document.body.append(status);
  const rest = (form) => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    status.textContent = "";
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const pressed = event.submitter || form.querySelector("button[type=submit], button:not([type])");
    window.setTimeout(() => {
      if (!form.dataset.sent) return;
      pressed?.setAttribute("aria-busy", "true");
      status.textContent = document.documentElement.dataset.busy;
    }, BUSY_MS);
    window.setTimeout(() => rest(form), SENT_MS);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) rest(form);
  });
})();
