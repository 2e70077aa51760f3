// A large file shows how far it is sent, and that it is being checked; without this script the browser waits.
const form = document.querySelector("form[data-upload]");
if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const place = form.querySelector("[data-progress]");
    const bar = place.querySelector("progress");
    const words = place.querySelector("[data-progress-words]");
    const request = new XMLHttpRequest();
    place.hidden = false;
    request.upload.addEventListener("progress", (sent) => {
      if (!sent.lengthComputable) return;
      const percent = Math.round((sent.loaded * 100) / sent.total);
      bar.value = percent;
      words.textContent = words.dataset.sending.replace("{percent}", percent);
    });
    request.upload.addEventListener("load", () => {
      bar.removeAttribute("value");
      words.textContent = words.dataset.checking;
    });
    request.addEventListener("load", () => {
      if (request.status < 400 && request.responseURL !== location.href) location.assign(request.responseURL);
      else form.submit();
    });
    request.addEventListener("error", () => form.submit());
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
}
