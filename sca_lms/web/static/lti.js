/* The door in a browser that keeps no cookies for us: the host keeps one value instead (LTI platform storage).
   Both pages work without this script; it only spares a click. */
(() => {
  "use strict";
  const PROBE_MS = 500;
  const ANSWER_MS = 500;
  const host = window.parent !== window ? window.parent : window.opener;

  // Send one message and wait for its answer. An answer only counts from the window that was asked, and from
  // the origin that was asked where one is known.
  const ask = (target, origin, message, wait) =>
    new Promise((resolve, reject) => {
      const id = crypto.randomUUID();
      const stop = () => {
        window.clearTimeout(timer);
        window.removeEventListener("message", listen);
      };
      const listen = (event) => {
        if (event.source !== target) return;
        if (origin !== "*" && event.origin !== origin) return;
        const said = event.data;
        if (!said || typeof said !== "object" || said.message_id !== id) return;
        if (said.subject !== `${message.subject}.response`) return;
        stop();
        if (said.error) reject(new Error(said.error.code || "refused"));
        else resolve(said);
      };
      const timer = window.setTimeout(() => {
        stop();
        reject(new Error("no answer"));
      }, wait);
      window.addEventListener("message", listen);
      target.postMessage({ ...message, message_id: id }, origin);
    });

  const frameOf = (name) => {
    if (!name || name === "_parent") return host;
    try {
      return host.frames[name] || host;
    } catch {
      return host;
    }
  };

  // Find the window that stores values, or fail within half a second.
  const storage = async (subject, frame) => {
    if (!host) throw new Error("no host");
    const known = await ask(host, "*", { subject: "lti.capabilities" }, PROBE_MS);
    const found = (known.supported_messages || []).find((entry) => entry.subject === subject);
    if (!found) throw new Error("not supported");
    return frameOf(found.frame || frame);
  };

  const store = document.querySelector("[data-lti-store]");
  if (store) {
    const { key, value, frame, origin, next } = store.dataset;
    storage("lti.put_data", frame)
      .then((target) => ask(target, origin, { subject: "lti.put_data", key, value }, ANSWER_MS))
      .catch(() => undefined)
      // Stored or not: a cookie may have survived, and if not the next page has other ways.
      .finally(() => window.location.replace(next));
  }

  const fetched = document.querySelector("[data-lti-fetch]");
  if (fetched) {
    const { key, frame, origin } = fetched.dataset;
    storage("lti.get_data", frame)
      .then((target) => ask(target, origin, { subject: "lti.get_data", key }, ANSWER_MS))
      .then((answer) => {
        if (typeof answer.value !== "string" || !answer.value) return;
        fetched.elements.secret.value = answer.value;
        fetched.submit();
      })
      // The buttons have been there from the start.
      .catch(() => undefined);
  }

  // Ask the browser for the cookies of our own site, and see whether one without a partition really stays.
  const gainAccess = async (name) => {
    await document.requestStorageAccess();
    document.cookie = `${name}=1; Path=/; Max-Age=300; Secure; SameSite=None`;
    if (!document.cookie.split("; ").includes(`${name}=1`)) throw new Error("no cookie stays");
  };

  const here = document.querySelector("[data-lti-here]");
  if (here) {
    const tab = document.querySelector("[data-lti-tab] button");
    const denied = document.querySelector("[data-lti-denied]");
    const button = here.querySelector("button");
    // After a refusal a new tab comes first. Whoever can open none goes on here all the same: the session then
    // travels in the address of this frame.
    const offerTab = () => {
      denied.hidden = false;
      tab.classList.replace("btn-quiet", "btn-primary");
      button.classList.replace("btn-primary", "btn-quiet");
      tab.focus();
    };
    here.addEventListener("submit", (event) => {
      if (!denied.hidden) return;
      event.preventDefault();
      gainAccess(here.dataset.access).then(() => here.submit(), offerTab);
    });
  }
})();
