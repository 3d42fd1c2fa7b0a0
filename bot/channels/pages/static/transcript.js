// What was said, as it stands on the page; kept on this phone so that it is there when the page is opened.

import { keep, kept } from "./kept.js";
import { fill } from "./links.js";
import { moment, say } from "./words.js";

const MOST_LINES = 300;
const MOST_KNOWN = 1000; // ids of messages that are not shown twice
const TOP_MARGIN = 8; // pixels above a long answer
const NEW_TIME_AFTER = 10 * 60 * 1000; // ms between lines that get a time of their own

/** A line: {id, side: "mine" | "bot", text, at, buttons?, picture?, state?} */
export class Transcript {
  constructor(log, { onSay, onTicket, onRetry }) {
    this.log = log;
    this.onSay = onSay;
    this.onTicket = onTicket;
    this.onRetry = onRetry;
    this.lines = kept("lines", []);
    this.known = new Set(kept("known", []));
    this.elements = new Map();
    this.lines.forEach((line) => this.show(line));
    this.toEnd();
  }

  get isEmpty() {
    return this.lines.length === 0;
  }

  add(line) {
    if (this.known.has(line.id)) return;
    this.known.add(line.id);
    const follows = this.isAtEnd() || line.side === "mine";
    if (line.side === "mine") this.retireButtons();
    this.lines.push(line);
    this.show(line);
    this.save();
    if (follows) this.toStartOf(this.elements.get(line.id));
  }

  setState(id, state) {
    const line = this.lines.find((one) => one.id === id);
    if (!line || line.state === state) return;
    line.state = state;
    this.showState(line);
    this.save();
  }

  show(line) {
    const element = document.createElement("article");
    element.className = line.side;
    this.showTime(line);
    element.append(label(say(line.side === "mine" ? "page.who_me" : "page.who_bot")));
    if (line.picture) element.append(picture(line.picture));
    if (line.text) {
      const text = document.createElement("p");
      text.className = "text";
      fill(text, line.text, line.side === "bot" ? this.onTicket : null);
      element.append(text);
    }
    if (line.buttons && line.buttons.length > 0) element.append(this.choices(line.buttons));
    this.elements.set(line.id, element);
    this.log.append(element);
    if (line.side === "mine") this.showState(line);
  }

  showTime(line) {
    const at = Date.parse(line.at);
    if (this.shownAt && Math.abs(at - this.shownAt) < NEW_TIME_AFTER) return;
    this.shownAt = at;
    const time = document.createElement("time");
    time.dateTime = line.at;
    time.textContent = moment(line.at);
    this.log.append(time);
  }

  showState(line) {
    const element = this.elements.get(line.id);
    const old = element.querySelector(".state");
    if (old) old.remove();
    const state = document.createElement("p");
    state.className = `state ${line.state}`;
    state.append(say(`page.state_${line.state}`));
    if (line.state === "waiting" || line.state === "stranger") {
      const retry = document.createElement("button");
      retry.className = "small";
      retry.textContent = say("page.retry_label");
      retry.addEventListener("click", this.onRetry);
      state.append(" ", retry);
    }
    element.append(state);
  }

  choices(buttons) {
    const group = document.createElement("div");
    group.className = "choices";
    buttons.forEach(({ label: text, says }) => {
      const button = document.createElement("button");
      button.textContent = text;
      button.addEventListener("click", () => this.onSay(says, text));
      group.append(button);
    });
    return group;
  }

  /** A choice is for the question it stands under: once something else is said it may mean another thing. */
  retireButtons() {
    this.log.querySelectorAll(".choices").forEach((group) => group.remove());
    this.lines.forEach((line) => delete line.buttons);
  }

  save() {
    this.lines.splice(0, this.lines.length - MOST_LINES);
    keep("lines", this.lines);
    keep("known", Array.from(this.known).slice(-MOST_KNOWN));
  }

  isAtEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 120;
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  /** To the end, but never past the first words of a long answer: an emergency's numbers stand there. */
  toStartOf(element) {
    this.log.scrollTop = Math.min(this.log.scrollHeight, element.offsetTop - TOP_MARGIN);
  }
}

function label(text) {
  const who = document.createElement("p");
  who.className = "who";
  who.textContent = text;
  return who;
}

function picture(source) {
  const image = document.createElement("img");
  image.src = source;
  image.alt = say("page.photo_label");
  return image;
}
