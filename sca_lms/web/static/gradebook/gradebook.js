/* The gradebook as a grid: one cell can be reached by Tab, arrow keys move between the others.
   Without this script all cells are links one after the other. On the page of weights: the sum while typing. */
(() => {
  "use strict";
  const table = document.querySelector("[data-book]");
  if (table) {
    const rows = [...table.rows].map((row) => [...row.cells].map((cell) => cell.querySelector("[data-cell]")));
    table.setAttribute("role", "grid");
    let current = null;
    const choose = (link, focus) => {
      if (current) current.tabIndex = -1;
      current = link;
      current.tabIndex = 0;
      if (focus) current.focus();
    };
    rows.flat().forEach((link) => {
      if (link) link.tabIndex = -1;
    });
    choose((rows[1] || rows[0]).find(Boolean), false);

    const go = (y, x, down, right) => {
      let [row, column] = [y + down, x + right];
      while (rows[row] && column >= 0 && column < rows[row].length) {
        if (rows[row][column]) return choose(rows[row][column], true);
        [row, column] = [row + down, column + right];
      }
      return undefined;
    };
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

    table.addEventListener("focusin", (event) => {
      const link = event.target.closest("[data-cell]");
      if (link) choose(link, false);
    });
    table.addEventListener("keydown", (event) => {
      if (event.altKey || event.metaKey) return;
      const y = rows.findIndex((row) => row.includes(event.target));
      if (y < 0) return;
      const x = rows[y].indexOf(event.target);
      const ends = rows[y].filter(Boolean);
      if (event.key in moves && !event.ctrlKey) go(y, x, ...moves[event.key]);
      else if (event.key === "Home") choose(event.ctrlKey ? rows[0].find(Boolean) : ends[0], true);
      else if (event.key === "End") {
        choose(event.ctrlKey ? rows[rows.length - 1].filter(Boolean).pop() : ends[ends.length - 1], true);
      } else return;
      event.preventDefault();
    });
  }

  const weights = document.querySelector("[data-weights]");
  if (weights) {
    const sum = weights.querySelector("[data-sum]");
    const warning = weights.querySelector("[data-not-full]");
    weights.addEventListener("input", () => {
      const places = 10000;
      const values = [...weights.querySelectorAll(".weight")].map((field) => Math.round(Number(field.value) * places));
      const total = values.reduce((all, value) => all + value, 0);
      sum.textContent = Number.isFinite(total) ? String(total / places) : "–";
      warning.hidden = total === 100 * places;
    });
  }
})();
