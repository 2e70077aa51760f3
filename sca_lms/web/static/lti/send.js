/* Send the form of a page whose only purpose is to be sent on; its button works without this. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-send-at-once]");
  if (!form) return;
  const navigation = performance.getEntriesByType("navigation")[0];
  // After the browser's Back the host would get the same answer twice; the person decides then.
  if (navigation && navigation.type === "back_forward") return;
  form.requestSubmit();
})();
