/* An attempt that has been handed in leaves nothing on this device. */
(() => {
  "use strict";
  window.scaQuizDrafts(document.currentScript.dataset.attempt).clear();
})();
