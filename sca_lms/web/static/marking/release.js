/* Counts down until a release takes effect; until then it can be undone. */
(() => {
  "use strict";
  const places = [...document.querySelectorAll("[data-seconds]")];
  const loaded = performance.now();
  const show = () => {
    const passed = Math.floor((performance.now() - loaded) / 1000);
    for (const place of places) {
      const left = Math.max(0, Number(place.dataset.seconds) - passed);
      place.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      if (left === 0) place.closest("[data-undoable]")?.querySelector("form")?.remove();
    }
  };
  if (places.length) {
    show();
    window.setInterval(show, 1000);
  }
})();
