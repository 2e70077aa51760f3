// Places of a quiz move, leave and are dragged without loading the page; the server answers as it does without.
const place = document.getElementById("places");
if (place) {
  const state = document.createElement("p");
  state.className = "visually-hidden";
  state.setAttribute("role", "status");
  place.after(state);
  offerHandles();

  place.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button || !/^(up|down|remove)-/.test(button.value)) return;
    event.preventDefault();
    const [action] = button.value.split("-", 1);
    const id = button.value.slice(action.length + 1);
    const items = [...place.querySelectorAll("[data-place]")];
    const index = items.findIndex((item) => item.dataset.place === id);
    if (!(await send(event.target, { do: button.value }))) return;
    const after = [...place.querySelectorAll("[data-place]")];
    const target = action === "remove" ? after[Math.min(index, after.length - 1)] : after.find((item) => item.dataset.place === id);
    const same = target?.querySelector(`button[value^=${action}]`);
    (same && !same.disabled ? same : target?.querySelector("button:not([disabled])") || place)?.focus();
    state.textContent = button.getAttribute("aria-label");
  });

  async function send(form, extra) {
    const sent = new FormData(form);
    for (const [name, value] of Object.entries(extra)) sent.set(name, value);
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent });
      // A refusal is shown with its own page, by sending once more without this script.
      if (!answer.ok) throw new Error("refused");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("places");
      if (!fresh) throw new Error("no places");
      place.replaceChildren(...fresh.childNodes);
      const lead = page.querySelector(".page-head .soft");
      if (lead) document.querySelector(".page-head .soft")?.replaceWith(lead);
      for (const old of document.querySelectorAll("[data-with-places]")) {
        const now = page.getElementById(old.id);
        if (now) old.replaceWith(now);
      }
      // Nobody else has changed anything, or the move had been refused: the other forms of the page may go on.
      const seen = place.querySelector("input[name=seen]");
      if (seen) for (const known of document.querySelectorAll("input[name=seen]")) known.value = seen.value;
      offerHandles();
      return true;
    } catch {
      for (const [name, value] of Object.entries(extra)) {
        const hidden = document.createElement("input");
        Object.assign(hidden, { type: "hidden", name, value });
        form.append(hidden);
      }
      form.submit();
      return false;
    }
  }

  function offerHandles() {
    for (const handle of place.querySelectorAll("[data-handle]")) {
      handle.hidden = false;
      handle.addEventListener("pointerdown", begin);
    }
  }

  function begin(event) {
    const item = event.currentTarget.closest("[data-place]");
    const list = item.parentElement;
    const form = item.closest("form");
    const before = order(list);
    event.preventDefault();
    item.dataset.dragged = "";
    const move = (moving) => {
      const over = document.elementFromPoint(moving.clientX, moving.clientY)?.closest("[data-place]");
      if (!over || over === item || over.parentElement !== list) return;
      const box = over.getBoundingClientRect();
      if (moving.clientY > box.top + box.height / 2) over.after(item);
      else over.before(item);
    };
    const end = () => {
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", end);
      document.removeEventListener("pointercancel", end);
      delete item.dataset.dragged;
      const now = order(list);
      if (now !== before) send(form, { order: now });
    };
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", end);
    document.addEventListener("pointercancel", end);
  }

  const order = (list) => [...list.querySelectorAll("[data-place]")].map((item) => item.dataset.place).join(",");
}
