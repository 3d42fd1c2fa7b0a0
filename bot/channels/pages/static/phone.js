// One phone, or one group, of the sandbox.

import { fill } from "./links.js";
import { moment, say } from "./words.js";

const NEW_TIME_AFTER = 10 * 60 * 1000; // ms between lines that get a time of their own

export class Phone {
  /** `members` of a group may all speak in it. `onSay(speaker, text)`. */
  constructor({ name, about, members, mention, onSay, onClose }) {
    this.name = name;
    this.isGroup = Boolean(members);
    this.onSay = onSay;
    this.shownAt = 0;
    this.log = make("div", "log");
    this.log.setAttribute("role", "log");
    this.log.append(make("p", "empty", say("page.sandbox_empty")));
    this.speaker = this.isGroup ? chooser(members) : null;
    this.input = make("input");
    this.input.setAttribute("aria-label", name);
    this.input.placeholder = this.isGroup
      ? say("page.sandbox_hint_group", { mention })
      : say("page.sandbox_hint_private", { name });
    this.element = make("section", this.isGroup ? "phone group" : "phone");
    this.element.dataset.name = name;
    this.element.append(this.head(about, onClose), this.log, this.form());
  }

  head(about, onClose) {
    const head = make("header");
    const title = make("h2", "", this.name);
    title.append(make("small", "", about));
    const close = make("button", "", say("page.sandbox_close"));
    close.addEventListener("click", onClose);
    head.append(title, close);
    return head;
  }

  form() {
    const form = make("form");
    if (this.speaker) form.append(this.speaker);
    form.append(this.input, make("button", "main", say("page.sandbox_send")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.input.value.trim();
      if (!text) return;
      this.input.value = "";
      this.onSay(this.speaker ? this.speaker.value : this.name, text);
    });
    return form;
  }

  /** `line`: {speaker, at, text, buttons}; said by the bot where `speaker` is empty. */
  add(line, isFresh) {
    const empty = this.log.querySelector(".empty");
    if (empty) empty.remove();
    if (line.speaker) this.log.querySelectorAll(".choices").forEach((group) => group.remove());
    this.showTime(line.at);
    const isMine = line.speaker !== "" && !this.isGroup;
    const element = make("article", isMine ? "mine" : line.speaker ? "" : "bot");
    if (isFresh) element.classList.add("fresh");
    if (!isMine) element.append(make("p", "who", line.speaker || say("page.who_bot")));
    const text = make("p", "text");
    fill(text, line.text, null);
    element.append(text);
    if (line.buttons.length > 0) element.append(this.choices(line.buttons));
    this.log.append(element);
    this.log.scrollTop = this.log.scrollHeight;
  }

  showTime(iso) {
    const at = Date.parse(iso);
    if (Math.abs(at - this.shownAt) < NEW_TIME_AFTER) return;
    this.shownAt = at;
    this.log.append(make("time", "", moment(iso)));
  }

  choices(buttons) {
    const group = make("div", "choices");
    buttons.forEach(({ label, says }) => {
      const button = make("button", "", label);
      button.addEventListener("click", () => this.onSay(this.speaker ? this.speaker.value : this.name, says));
      group.append(button);
    });
    return group;
  }
}

function chooser(members) {
  const select = make("select");
  select.setAttribute("aria-label", say("page.sandbox_speaker"));
  members.forEach((name) => select.append(new Option(name, name)));
  return select;
}

export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}
