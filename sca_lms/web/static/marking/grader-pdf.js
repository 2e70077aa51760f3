/* PDF files page by page, drawn in the page itself; a click on a page names a place to comment on. */
const NEAR = "400px";

const show = async (place) => {
  const canvas = place.querySelector("canvas");
  const holder = place.querySelector("[data-pdf-page]");
  const wordsPlace = place.querySelector("[data-page-words]");
  const [back, on] = place.querySelectorAll("[data-page-step]");
  const template = document.querySelector("[data-word-page]")?.dataset.wordPage || "{page}";
  let paper;
  try {
    const library = await import(place.dataset.library);
    library.GlobalWorkerOptions.workerSrc = place.dataset.worker;
    // Nothing of the file is run: no scripts, no evaluation, no fetching from elsewhere.
    paper = await library.getDocument({ url: place.dataset.pdf, isEvalSupported: false, enableXfa: false, useWasm: false }).promise;
  } catch {
    place.querySelector("[data-pdf-failed]").hidden = false;
    holder.hidden = true;
    place.querySelector(".pdf-bar").hidden = true;
    return;
  }
  let number = 1;
  let drawing = null;

  const draw = async () => {
    drawing?.cancel();
    const page = await paper.getPage(number);
    const plain = page.getViewport({ scale: 1 });
    const scale = (holder.clientWidth || plain.width) / plain.width;
    const sharp = Math.min(window.devicePixelRatio || 1, 2);
    const viewport = page.getViewport({ scale: scale * sharp });
    canvas.width = Math.floor(viewport.width);
    canvas.height = Math.floor(viewport.height);
    drawing = page.render({ canvas, viewport });
    try {
      await drawing.promise;
    } catch {
      // Another page was asked for meanwhile.
      return;
    }
    place.dataset.drawn = String(number);
    wordsPlace.textContent = `${template.replace("{page}", number)} / ${paper.numPages}`;
    back.disabled = number === 1;
    on.disabled = number === paper.numPages;
    for (const pin of holder.querySelectorAll(".pin")) {
      pin.hidden = Number(pin.dataset.page) !== number;
      pin.style.left = `${pin.dataset.left / 10}%`;
      pin.style.top = `${pin.dataset.top / 10}%`;
    }
  };

  for (const button of [back, on]) {
    button.addEventListener("click", () => {
      number = Math.max(1, Math.min(paper.numPages, number + Number(button.dataset.pageStep)));
      draw();
    });
  }
  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const thousandths = (offset, size) => Math.max(0, Math.min(1000, Math.round((offset / size) * 1000)));
    document.dispatchEvent(new CustomEvent("sca-pdf-point", {
      detail: {
        file: place.dataset.file,
        name: place.dataset.name,
        page: number,
        left: thousandths(event.clientX - box.left, box.width),
        top: thousandths(event.clientY - box.top, box.height),
      },
    }));
  });
  await draw();
};

// A file is read when it comes near what is seen; a work may have many.
const watcher = new IntersectionObserver((seen) => {
  for (const entry of seen) {
    if (!entry.isIntersecting) continue;
    watcher.unobserve(entry.target);
    show(entry.target);
  }
}, { rootMargin: NEAR });
for (const place of document.querySelectorAll("[data-pdf]")) {
  place.hidden = false;
  watcher.observe(place);
}
