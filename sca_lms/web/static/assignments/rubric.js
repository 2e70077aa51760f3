/* The rubric editor: the sum of the weights as it is typed, and buttons that do not make the page jump. */
(() => {
  "use strict";
  const bind = (form) => {
    const sum = () => {
      const weights = [...form.querySelectorAll("[data-weight]")].map((field) => Number(field.value.trim()));
      const known = weights.filter(Number.isFinite);
      const total = Math.round(known.reduce((before, weight) => before + weight, 0) * 100) / 100;
      form.querySelector("[data-sum]").textContent = form.dataset.wordSum.replace("{sum}", String(total));
    };
    form.addEventListener("input", (event) => { if (event.target.matches("[data-weight]")) sum(); });
    form.addEventListener("submit", async (event) => {
      const { submitter } = event;
      if (!submitter || submitter.value === "save" || form.dataset.plain) return;
      event.preventDefault();
      const body = new URLSearchParams([...new FormData(form), ["action", submitter.value]]);
      let page;
      try {
        const answer = await fetch(form.action, { method: "POST", body });
        page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("form[data-rubric]");
      } catch {
        page = null;
      }
      if (!page) {
        // The way without a script tells what is wrong.
        form.dataset.plain = "yes";
        form.requestSubmit(submitter);
        return;
      }
      form.replaceWith(page);
      bind(page);
      goOn(page);
    });
    sum();
  };
  const goOn = (form) => {
    const place = form.querySelector("[data-go-on]");
    const target = place && document.getElementById(place.dataset.goOn);
    if (target) target.focus();
  };
  const first = document.querySelector("form[data-rubric]");
  if (!first) return;
  bind(first);
  goOn(first);
})();
