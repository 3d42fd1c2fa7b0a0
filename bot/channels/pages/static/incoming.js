// Messages from the bot: a stream while the line holds, questions every few seconds while it does not.
// The cursor says what has arrived; what comes twice all the same is told by its id.

import { keep, kept } from "./kept.js";

const SILENCE = 45000; // ms; a stream beats every twenty seconds, so this one is dead
const PAUSES = [1000, 2000, 4000, 8000, 15000]; // ms between tries
const ASKING = 4000; // ms between questions where there is no stream
const STREAM_FAILURES = 2; // after these, ask instead, and try the stream again now and then
const QUESTIONS = 15;

export class Incoming {
  constructor({ onMessages, onConnection }) {
    this.onMessages = onMessages;
    this.onConnection = onConnection;
    this.cursor = kept("cursor", "");
    this.failures = 0;
    this.questions = 0;
    this.source = null;
    this.lastBeat = 0;
    this.timer = 0;
    window.addEventListener("online", () => this.connect());
    window.addEventListener("offline", () => onConnection(false));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && Date.now() - this.lastBeat > SILENCE / 2) this.connect();
    });
    setInterval(() => {
      if (this.source && Date.now() - this.lastBeat > SILENCE) this.lost();
    }, SILENCE / 3);
  }

  connect() {
    this.close();
    if (!window.EventSource || this.failures >= STREAM_FAILURES) {
      this.ask();
      return;
    }
    const source = new EventSource(`/chat/events?after=${encodeURIComponent(this.cursor)}`);
    this.source = source;
    this.lastBeat = Date.now();
    source.addEventListener("message", (event) => {
      this.accept(JSON.parse(event.data));
      this.alive();
    });
    source.addEventListener("beat", () => this.alive());
    source.addEventListener("error", () => this.lost());
  }

  alive() {
    this.lastBeat = Date.now();
    this.failures = 0;
    this.onConnection(true);
  }

  lost() {
    this.close();
    this.failures += 1;
    const pause = PAUSES[Math.min(this.failures, PAUSES.length) - 1];
    this.timer = setTimeout(() => this.connect(), pause * (0.5 + Math.random() / 2));
  }

  close() {
    clearTimeout(this.timer);
    if (this.source) this.source.close();
    this.source = null;
  }

  /** One question; it also tells whether the server is there at all. */
  async ask() {
    try {
      const response = await fetch(`/chat/messages?after=${encodeURIComponent(this.cursor)}`, {
        headers: { Accept: "application/json" },
        credentials: "same-origin",
      });
      if (!response.ok) throw new Error(`status ${response.status}`);
      this.accept(await response.json());
      this.onConnection(true);
      this.questions += 1;
      if (this.questions % QUESTIONS === 1) this.failures = 0; // the stream may work again
    } catch (unreachable) {
      this.failures = Math.max(this.failures, STREAM_FAILURES);
      this.onConnection(false);
    }
    this.close();
    this.timer = setTimeout(() => this.connect(), ASKING);
  }

  accept(page) {
    if (page.messages.length > 0) this.onMessages(page.messages);
    this.cursor = page.cursor;
    keep("cursor", this.cursor); // after the messages: what was not noted comes again
  }
}
