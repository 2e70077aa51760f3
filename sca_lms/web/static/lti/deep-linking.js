/* Whoever ticks or unticks an activity means to choose; whoever wants everything sees all ticked that is not there yet. */
(() => {
  "use strict";
  const scope = document.querySelector("[data-scope]");
  const activities = document.querySelector("[data-activities]");
  if (!scope || !activities) return;
  const boxes = activities.querySelectorAll("input[type=checkbox]");
  activities.addEventListener("change", () => {
    document.getElementById("scope-single").checked = true;
  });
  scope.addEventListener("change", () => {
    if (document.getElementById("scope-whole").checked) {
      for (const box of boxes) box.checked = !("known" in box.dataset);
    }
  });
})();
