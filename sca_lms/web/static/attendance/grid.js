/* Arrow keys move between the cells of the attendance grid; a block from a spreadsheet can be pasted.
   Without this script the fields work as fields do. */
(() => {
  "use strict";
  const form = document.querySelector("[data-grid]");
  if (!form) return;
  const rows = [...form.querySelectorAll("tbody tr")].map((row) =>
    [...row.querySelectorAll("td")].slice(0, -1).map((cell) => cell.querySelector("input")),
  );
  const told = form.querySelector("[data-grid-count]");

  const find = (input) => {
    for (let row = 0; row < rows.length; row += 1) {
      const column = rows[row].indexOf(input);
      if (column >= 0) return [row, column];
    }
    return null;
  };

  const count = () => {
    let typed = 0;
    for (const input of rows.flat()) {
      if (!input) continue;
      const has = input.value.trim() !== "";
      input.classList.toggle("is-typed", has);
      typed += has ? 1 : 0;
    }
    told.textContent = typed ? told.dataset.some.replace("{}", typed) : told.dataset.none;
  };

  const go = (row, column, down, right) => {
    let [y, x] = [row + down, column + right];
    while (rows[y] && x >= 0 && x < rows[y].length) {
      if (rows[y][x]) {
        rows[y][x].focus();
        rows[y][x].select();
        return true;
      }
      [y, x] = [y + down, x + right];
    }
    return false;
  };

  form.addEventListener("keydown", (event) => {
    const place = event.target.matches(".grid-cell") && find(event.target);
    if (!place || event.altKey || event.ctrlKey || event.metaKey) return;
    const { selectionStart: start, selectionEnd: end, value } = event.target;
    const atStart = start === 0 && (end === 0 || end === value.length);
    const atEnd = end === value.length && (start === end || start === 0);
    const moves = {
      ArrowUp: [-1, 0, true],
      ArrowDown: [1, 0, true],
      Enter: [1, 0, true],
      ArrowLeft: [0, -1, atStart],
      ArrowRight: [0, 1, atEnd],
    };
    const move = moves[event.key];
    if (!move || !move[2]) return;
    if (go(...place, move[0], move[1]) || event.key === "Enter") event.preventDefault();
  });

  form.addEventListener("paste", (event) => {
    const place = event.target.matches(".grid-cell") && find(event.target);
    const text = event.clipboardData.getData("text/plain");
    if (!place || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    text.replace(/\r/g, "").replace(/\n$/, "").split("\n").forEach((line, down) => {
      line.split("\t").forEach((word, right) => {
        const input = rows[place[0] + down]?.[place[1] + right];
        if (input) input.value = word.trim();
      });
    });
    count();
  });

  form.addEventListener("input", count);
  count();
})();
