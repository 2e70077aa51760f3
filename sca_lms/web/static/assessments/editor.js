// The rows of a form change without loading the page: the server answers as it does without this script.
const place = document.querySelector("[data-rows]");
if (place) {
  const form = place.closest("form");
  const state = document.createElement("p");
  state.className = "visually-hidden";
  state.setAttribute("role", "status");
  form.append(state);

  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button || button.name !== "row") return;
    event.preventDefault();
    const sent = new FormData(form);
    sent.set("row", button.value);
    for (const input of form.querySelectorAll("input[type=file]")) sent.delete(input.name);
    try {
      const answer = await fetch(form.action || location.href, { method: "POST", body: sent });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const rows = page.querySelector("[data-rows]");
      if (!rows) throw new Error("no rows");
      const [action, number] = button.value.split("-");
      const current = document.querySelector("[data-rows]");
      current.replaceChildren(...rows.childNodes);
      focusAfter(current, action, Number(number));
      state.textContent = rows.dataset.said || button.getAttribute("aria-label") || button.textContent.trim();
    } catch {
      // Without an answer the form goes the long way.
      const hidden = document.createElement("input");
      hidden.type = "hidden";
      hidden.name = "row";
      hidden.value = button.value;
      form.append(hidden);
      form.submit();
    }
  });

  function focusAfter(rows, action, number) {
    const items = rows.querySelectorAll(".row-list > li");
    if (action === "add") {
      items[items.length - 1]?.querySelector("input:not([type=radio]):not([type=checkbox]), select, textarea")?.focus();
    } else if (action === "remove") {
      (items[Math.min(number, items.length - 1)]?.querySelector("button[value^=remove]") || rows).focus();
    } else {
      const target = items[number + (action === "down" ? 1 : -1)];
      const same = target?.querySelector(`button[value^=${action}]`);
      (same && !same.disabled ? same : target?.querySelector("button:not([disabled])"))?.focus();
    }
  }
}
