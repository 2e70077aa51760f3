/* Reading reflections with the keyboard: N goes to the next that waits, unless somebody is typing; Ctrl+Enter in
   the answer accepts. The page works without it too. */
(() => {
  "use strict";
  const form = document.querySelector("[data-decide]");
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.key.toLowerCase() === "n" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      document.querySelector("[data-next]")?.click();
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && typing && form?.contains(typing)) {
      form.querySelector("[value=accept]")?.click();
    }
  });
})();
