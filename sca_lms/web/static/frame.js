/* Tell the host how tall the page is, when it stands in the host's frame.
   Measured are the parts of the page, not the document: the document is never smaller than the frame,
   so a frame that was once tall would stay tall for ever. */
(() => {
  "use strict";
  if (window.parent === window) return;
  document.documentElement.classList.add("framed");
  const parts = document.querySelectorAll("body > header, body > main, body > .dock");
  let told = 0;
  const tell = () => {
    let height = 0;
    for (const part of parts) height += part.getBoundingClientRect().height;
    height = Math.ceil(height);
    if (!height || Math.abs(height - told) < 2) return;
    told = height;
    const message = { subject: "lti.frameResize", height };
    // Nothing but the height is told, so any host may hear it. Some read an object, others a string.
    window.parent.postMessage(message, "*");
    window.parent.postMessage(JSON.stringify(message), "*");
  };
  const watch = new ResizeObserver(() => window.requestAnimationFrame(tell));
  for (const part of parts) watch.observe(part);
})();
