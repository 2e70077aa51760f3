/* Look for QR codes in the picture of the camera. The decoder is plain JavaScript and runs on this device. */
import { decodeQR } from "../vendor/qr-0.7.0/decode.js";

const LOOK_EVERY_MS = 150;
const LONGEST_SIDE = 720;

export class Scanner {
  constructor({ box, found }) {
    this.box = box;
    this.video = box.querySelector("video");
    this.found = found;
    this.stream = null;
    this.timer = null;
    this.canvas = document.createElement("canvas");
  }

  static get isPossible() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  get isOn() {
    return this.stream !== null;
  }

  /* Throws when the camera is missing or may not be used. */
  async start() {
    this.stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 } },
      audio: false,
    });
    this.box.hidden = false;
    this.video.srcObject = this.stream;
    await this.video.play();
    this.#next();
  }

  stop() {
    window.clearTimeout(this.timer);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
    this.box.hidden = true;
  }

  #next() {
    this.timer = window.setTimeout(() => this.#look(), LOOK_EVERY_MS);
  }

  #look() {
    if (!this.isOn) return;
    const text = this.video.videoWidth ? this.#read() : null;
    if (text) this.found(text);
    if (this.isOn) this.#next();
  }

  #read() {
    const { videoWidth: wide, videoHeight: high } = this.video;
    const scale = Math.min(1, LONGEST_SIDE / Math.max(wide, high));
    const width = Math.round(wide * scale);
    const height = Math.round(high * scale);
    Object.assign(this.canvas, { width, height });
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.video, 0, 0, width, height);
    try {
      return decodeQR(context.getImageData(0, 0, width, height));
    } catch {
      // No code in this picture; the next one comes in a moment.
      return null;
    }
  }
}

/* Hang a scanner on a button that starts and stops it. */
export const scanButton = ({ button, scanner, words, failed }) => {
  const label = button.querySelector("span");
  const show = () => {
    button.setAttribute("aria-expanded", String(scanner.isOn));
    label.textContent = scanner.isOn ? words.stop : words.start;
  };
  button.hidden = !Scanner.isPossible;
  button.addEventListener("click", async () => {
    if (scanner.isOn) {
      scanner.stop();
    } else {
      try {
        await scanner.start();
      } catch {
        scanner.stop();
        failed();
      }
    }
    show();
  });
  return show;
};
