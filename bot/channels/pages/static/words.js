// The sentences of knowledge/replies.yaml that came with the page, and moments in words.

const texts = JSON.parse(document.getElementById("texts").textContent);

export function say(key, values = {}) {
  return texts[key].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

const spoken = new Intl.DateTimeFormat("zh-CN", {
  month: "long",
  day: "numeric",
  weekday: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone: "Asia/Shanghai",
});

/** A moment (ISO 8601) in community time, with its weekday. */
export function moment(iso) {
  return spoken.format(new Date(iso));
}

/** Where the browser may make none itself: only pages served by HTTPS may. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
