/* What was typed and the server does not have yet, kept on this device for each question of an attempt.
   The database of the browser survives a browser that is killed; where a frame is given none, the simple storage
   is tried, and where that is refused too, the answers live as long as the page. */
(() => {
  "use strict";
  const DATABASE = "sca-lms-attempts";
  const STORE = "drafts";
  const prefixOf = (attempt) => `sca-lms:attempt:${attempt}:`;

  const open = () =>
    new Promise((resolve) => {
      try {
        const request = window.indexedDB.open(DATABASE, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => resolve(null);
        request.onblocked = () => resolve(null);
      } catch {
        resolve(null);
      }
    });

  const simply = (act) => {
    try {
      return act(window.localStorage);
    } catch {
      return null;
    }
  };

  class Drafts {
    constructor(attempt) {
      this.prefix = prefixOf(attempt);
      this.opened = open();
    }

    /* `entry` is {values, at}; without one the draft is forgotten. Both places are written: the simple one at
       once, which a page that is being left needs, the database for a browser that is killed. */
    async keep(number, entry) {
      const key = this.prefix + number;
      simply((storage) => (entry ? storage.setItem(key, JSON.stringify(entry)) : storage.removeItem(key)));
      const database = await this.opened;
      if (!database) return;
      await new Promise((resolve) => {
        const change = database.transaction(STORE, "readwrite", { durability: "strict" });
        if (entry) change.objectStore(STORE).put(entry, key);
        else change.objectStore(STORE).delete(key);
        change.oncomplete = change.onerror = change.onabort = resolve;
      });
    }

    /* Forget a draft unless another window has kept a newer one since. */
    async forget(number, at) {
      const key = this.prefix + number;
      const kept = simply((storage) => JSON.parse(storage.getItem(key)));
      if (kept && kept.at > at) return;
      await this.keep(number, null);
    }

    async all() {
      const found = new Map();
      const take = (key, entry) => {
        const number = key.slice(this.prefix.length);
        if (!entry || !Array.isArray(entry.values)) return;
        if (!found.has(number) || found.get(number).at < entry.at) found.set(number, entry);
      };
      simply((storage) => {
        for (const key of Object.keys(storage)) {
          if (key.startsWith(this.prefix)) take(key, JSON.parse(storage.getItem(key)));
        }
      });
      const database = await this.opened;
      if (!database) return found;
      const range = IDBKeyRange.bound(this.prefix, `${this.prefix}\uffff`);
      await new Promise((resolve) => {
        const request = database.transaction(STORE).objectStore(STORE).openCursor(range);
        request.onerror = resolve;
        request.onsuccess = () => {
          const cursor = request.result;
          if (!cursor) {
            resolve();
            return;
          }
          take(String(cursor.key), cursor.value);
          cursor.continue();
        };
      });
      return found;
    }

    async clear() {
      const numbers = [...(await this.all()).keys()];
      await Promise.all(numbers.map((number) => this.keep(number, null)));
    }
  }

  window.scaQuizDrafts = (attempt) => new Drafts(attempt);
})();
