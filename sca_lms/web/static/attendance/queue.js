/* Acts at the door that wait for the network: kept on this device, sent in order, each answered by the server.
   Every act has a key of its own, so that sending it twice counts once. */
const RETRY_MS = 10000;
const MOST_AT_ONCE = 50;
const KEY = /^[A-Za-z0-9_-]{8,64}$/;

export const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// A frame of another site may have no storage at all; then acts live as long as the page.
const remembered = {
  read(name) {
    try {
      return window.localStorage.getItem(name);
    } catch {
      return null;
    }
  },
  write(name, text) {
    try {
      window.localStorage.setItem(name, text);
      return true;
    } catch {
      return false;
    }
  },
};

/* A number by which the server notices that two people used one phone; it says nothing else. */
export const deviceNumber = () => {
  const known = remembered.read("sca-lms.device");
  if (known && /^[0-9a-f]{32}$/.test(known)) return known;
  const made = newKey();
  return remembered.write("sca-lms.device", made) ? made : "";
};

export class Queue {
  /* `changed` is told the acts that wait, `answered` each act with its answer. */
  constructor({ store, address, page, extras = {}, changed, answered }) {
    Object.assign(this, { store, address, page, extras, changed, answered });
    this.acts = this.#stored();
    this.keeps = true;
    this.isExpired = false;
    this.isSending = false;
    this.token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRF-Token"] ?? "";
    window.addEventListener("online", () => this.send());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.send();
    });
    window.setInterval(() => this.send(), RETRY_MS);
  }

  add(act) {
    const whole = { key: newKey(), at: Date.now(), ...act };
    this.acts.push(whole);
    this.#keep();
    return this.send();
  }

  async send() {
    if (this.isSending || !this.acts.length) return;
    this.isSending = true;
    try {
      while (this.acts.length) {
        const batch = this.acts.slice(0, MOST_AT_ONCE);
        const answers = await this.#post(batch);
        if (!answers) break;
        for (const act of batch) {
          const answer = answers.find((each) => each.key === act.key);
          if (!answer) continue;
          if (answer.final) this.#drop(act.key);
          this.answered(act, answer);
        }
        this.#keep();
        if (batch.every((act) => this.acts.includes(act))) break;
      }
    } finally {
      this.isSending = false;
      this.changed(this.acts);
    }
  }

  async #post(batch) {
    try {
      let answer = await this.#fetch(batch);
      if (answer.status === 400 && answer.headers.get("X-Error-Code") === "form-expired") {
        await this.#renewToken();
        answer = await this.#fetch(batch);
      }
      this.isExpired = [401, 403, 404].includes(answer.status);
      if (!answer.ok) return null;
      return (await answer.json()).answers;
    } catch {
      return null;
    }
  }

  #fetch(batch) {
    return fetch(this.address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": this.token },
      body: JSON.stringify({ ...this.extras, sent_at: Date.now(), acts: batch.map(({ shown, ...act }) => act) }),
    });
  }

  // The page may have been opened again elsewhere meanwhile: its present token is read from it.
  async #renewToken() {
    const page = new DOMParser().parseFromString(await (await fetch(this.page)).text(), "text/html");
    this.token = JSON.parse(page.body.getAttribute("hx-headers") ?? "{}")["X-CSRF-Token"] ?? "";
  }

  #drop(key) {
    this.acts = this.acts.filter((each) => each.key !== key);
  }

  #keep() {
    this.keeps = remembered.write(this.store, JSON.stringify(this.acts));
    this.changed(this.acts);
  }

  #stored() {
    try {
      const acts = JSON.parse(remembered.read(this.store) ?? "[]");
      return Array.isArray(acts) ? acts.filter((act) => KEY.test(act?.key) && Number.isInteger(act.at)) : [];
    } catch {
      return [];
    }
  }
}
