// One photo beside the next line: made smaller on the phone, and uploaded while the line is typed.

const LONGEST_SIDE = 2000; // pixels; the server keeps no more
const THUMBNAIL = 240;
const REFUSED = [413, 415];

/** How it stands: "none", "uploading", "ready", "failed" (worth another try), "refused". */
export class Photo {
  constructor({ onChange }) {
    this.onChange = onChange;
    this.clear();
  }

  clear() {
    this.file = null;
    this.upload = null;
    this.name = null;
    this.picture = "";
    this.become("none");
  }

  become(state) {
    this.state = state;
    this.onChange(this);
  }

  async choose(file) {
    this.clear();
    this.file = file;
    this.become("uploading");
    const drawn = await draw(file);
    if (this.file !== file) return;
    this.picture = drawn ? scaled(drawn, THUMBNAIL).toDataURL("image/jpeg", 0.7) : "";
    this.upload = drawn ? await jpeg(scaled(drawn, LONGEST_SIDE)) : file;
    if (this.file === file) await this.send();
  }

  async send() {
    const file = this.file;
    this.become("uploading");
    const state = await this.post();
    if (this.file === file) this.become(state);
  }

  async post() {
    const form = new FormData();
    form.append("photo", this.upload, "photo");
    const request = () =>
      fetch("/chat/photos", {
        method: "POST",
        headers: { Accept: "application/json" },
        credentials: "same-origin",
        body: form,
      });
    try {
      let response = await request();
      if (response.status === 403) response = await request(); // the first answer brought the cookie
      if (REFUSED.includes(response.status)) return "refused";
      if (!response.ok) return "failed";
      this.name = (await response.json()).name;
      return "ready";
    } catch (unreachable) {
      return "failed";
    }
  }
}

/** The picture, or null where this browser cannot read it; the server may. */
async function draw(file) {
  const address = URL.createObjectURL(file);
  try {
    return await new Promise((done, failed) => {
      const image = new Image();
      image.onload = () => done(image);
      image.onerror = failed;
      image.src = address;
    });
  } catch (unreadable) {
    return null;
  } finally {
    URL.revokeObjectURL(address);
  }
}

function scaled(image, longest) {
  const scale = Math.min(1, longest / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // JPEG has no transparency; without this it turns black
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function jpeg(canvas) {
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
}
