/* An attempt that has been handed in leaves nothing on this device. */
(() => {
  "use strict";
  try {
    window.localStorage.removeItem(`sca-lms:attempt:${document.currentScript.dataset.attempt}`);
  } catch {
    // Where the browser gives a frame no storage, nothing was kept either.
  }
})();
