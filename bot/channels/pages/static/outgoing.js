// Lines on their way to the bot: kept until it has them, sent one after the other, each under its own id.

import { forget, keep, keptUnder } from "./kept.js";

const PATIENCE = 20000; // ms; a line this slow is tried again
const PAUSES = [1000, 2000, 4000, 8000, 15000, 30000]; // ms between tries
const REFUSED = [400, 413, 415]; // trying again would not help
const UNSENT = ["waiting", "too_often", "stranger"];

export class Outgoing {
  /**
   * `onState(id, state)`: "sending", "waiting" (tried in vain, and will be again), "too_often" (the same),
   * "delivered", "refused", or "stranger" (the browser keeps no cookie). `onAnswer(answer)`: what the server said to a line.
   */
  constructor({ onState, onAnswer }) {
    this.onState = onState;
    this.onAnswer = onAnswer;
    this.queue = keptUnder("out.").sort((one, other) => one.order - other.order);
    this.failures = 0;
    this.isSending = false;
    this.timer = 0;
    window.addEventListener("online", () => this.retry());
  }

  add(line) {
    const last = this.queue[this.queue.length - 1];
    const kept = { ...line, order: last ? last.order + 1 : Date.now() };
    this.queue.push(kept);
    keep(`out.${kept.id}`, kept);
    this.retry();
  }

  /** Try now, without waiting for the next turn. */
  retry() {
    clearTimeout(this.timer);
    this.failures = 0;
    this.send();
  }

  async send() {
    if (this.isSending) return;
    this.isSending = true;
    while (this.queue.length > 0) {
      const line = this.queue[0];
      this.onState(line.id, "sending");
      const outcome = await this.post(line);
      if (UNSENT.includes(outcome)) {
        this.queue.forEach((unsent) => this.onState(unsent.id, outcome));
        this.timer = setTimeout(() => this.send(), PAUSES[Math.min(this.failures, PAUSES.length - 1)]);
        this.failures += 1;
        break;
      }
      this.failures = 0;
      this.queue.shift();
      forget(`out.${line.id}`);
      this.onState(line.id, outcome);
    }
    this.isSending = false;
  }

  async post(line) {
    const { id, text, place, photos } = line;
    const request = () => fetchInTime("/chat/messages", JSON.stringify({ id, text, place, photos }));
    try {
      let response = await request();
      if (response.status === 403) response = await request(); // the first answer brought the cookie
      if (response.status === 403) return "stranger";
      if (REFUSED.includes(response.status)) return "refused";
      if (response.status === 429) return "too_often";
      if (!response.ok) return "waiting";
      this.onAnswer(await response.json());
      return "delivered";
    } catch (unreachable) {
      return "waiting";
    }
  }
}

async function fetchInTime(path, body) {
  const watch = new AbortController();
  const timer = setTimeout(() => watch.abort(), PATIENCE);
  try {
    return await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      credentials: "same-origin",
      body,
      signal: watch.signal,
    });
  } finally {
    clearTimeout(timer);
  }
}
