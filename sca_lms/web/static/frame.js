/* Tell the host how tall the page is, when it stands in the host's frame.
   Measured are the parts of the page, not the document: the document is never smaller than the frame,
   so a frame that was once tall would stay tall for ever. */
(() => {
  "use strict";
  if (window.parent === window) return;
  const PROBE_MS = 500;
  const QUIET_MS = 100;
  const HIGHEST = 20000;
  const UNHEARD = 3;
  const MOST_IN_A_ROW = 20;
  const ROW_MS = 5000;
  const root = document.documentElement;
  root.classList.add("framed");
  const parts = document.querySelectorAll("body > header, body > nav, body > main, body > .dock");
  // Where one host alone may frame the page, nobody else is told.
  const origin = root.dataset.host || "*";
  const probe = "sca-lms-frame";
  let heard = null; // What the host says it hears: yes, no, or nothing at all.
  let told = 0;
  let unheard = 0;
  let recent = [];
  let timer = 0;

  const tell = () => {
    let height = 0;
    for (const part of parts) height += part.getBoundingClientRect().height;
    height = Math.min(Math.ceil(height), HIGHEST);
    if (heard === false || !height || Math.abs(height - told) < 2) return;
    // A host that never moves does not listen: nothing more is said to it.
    if (heard === null && unheard >= UNHEARD) return;
    const now = performance.now();
    recent = recent.filter((at) => now - at < ROW_MS);
    // A page that grows because its frame has grown would go on for ever.
    if (recent.length >= MOST_IN_A_ROW) return;
    recent.push(now);
    unheard += 1;
    told = height;
    const message = { subject: "lti.frameResize", height };
    // Nothing but the height is told. Who has not said what they read may read an object or a string.
    window.parent.postMessage(message, origin);
    if (heard === null) window.parent.postMessage(JSON.stringify(message), origin);
  };
  const soon = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(tell, QUIET_MS);
  };

  const begin = () => {
    tell();
    const watch = new ResizeObserver(soon);
    for (const part of parts) watch.observe(part);
  };
  const silence = window.setTimeout(begin, PROBE_MS);
  window.addEventListener("message", (event) => {
    const said = event.data;
    if (event.source !== window.parent || heard !== null || !said || said.message_id !== probe) return;
    if (said.subject !== "lti.capabilities.response" || !Array.isArray(said.supported_messages)) return;
    heard = said.supported_messages.some((each) => each && each.subject === "lti.frameResize");
    window.clearTimeout(silence);
    if (heard) begin();
  });
  let high = window.innerHeight;
  window.addEventListener("resize", () => {
    if (window.innerHeight !== high) unheard = 0;
    high = window.innerHeight;
  });
  window.parent.postMessage({ subject: "lti.capabilities", message_id: probe }, origin);
})();
