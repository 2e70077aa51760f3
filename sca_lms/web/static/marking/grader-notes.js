/* Comments on places: a passage marked in the text, or a point on a page of a PDF, goes into the form below. */
(() => {
  "use strict";
  const form = document.querySelector("[data-note-form]");
  if (!form) return;
  const grader = document.querySelector("[data-grader]");
  const words = grader.dataset;
  const say = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const shown = form.querySelector("[data-note-place]");
  const NAMES = ["starts", "ends", "file", "page", "left", "top"];

  const take = (place, text, { focus = true } = {}) => {
    for (const name of NAMES) form.elements[name].value = place[name] ?? "";
    shown.textContent = text;
    shown.hidden = false;
    if (focus) form.elements.text.focus();
  };

  const paper = document.querySelector("[data-paper-text]");
  // The server counts letters, the browser counts halves of those beyond the usual plane.
  const letters = (text) => [...text].length;

  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    if (!paper || !selection.rangeCount || selection.isCollapsed) return;
    const range = selection.getRangeAt(0);
    if (!paper.contains(range.startContainer) || !paper.contains(range.endContainer)) return;
    const before = document.createRange();
    before.selectNodeContents(paper);
    before.setEnd(range.startContainer, range.startOffset);
    const starts = letters(before.toString());
    const text = range.toString();
    if (!text.trim()) return;
    take({ starts, ends: starts + letters(text) }, say(words.wordPassage, { text: text.slice(0, 120) }), { focus: false });
  });

  document.addEventListener("sca-pdf-point", (event) => {
    const { file, name, page, left, top } = event.detail;
    take({ file, page, left, top }, say(words.wordPlace, { page, file: name }));
  });

  // A click on a marked passage leads to what was said about it.
  for (const mark of document.querySelectorAll("[data-numbers]")) {
    mark.addEventListener("click", () => {
      if (!document.getSelection().isCollapsed) return;
      document.getElementById(`note-${mark.dataset.numbers.split(" ")[0]}`)?.scrollIntoView({ block: "nearest" });
    });
  }
})();
