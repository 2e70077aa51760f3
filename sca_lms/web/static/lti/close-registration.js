/* Tell the host that the registration is finished, when the administrator says so. */
(() => {
  "use strict";
  const host = window.opener || (window.parent !== window ? window.parent : null);
  const button = document.querySelector("[data-close-registration]");
  if (!host || !button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    // The message says nothing but that we are done, so any host may hear it.
    host.postMessage({ subject: "org.imsglobal.lti.close" }, "*");
  });
})();
