// The sandbox: phones and groups side by side, asked for every second, and the clock.

import { keep, kept } from "./kept.js";
import { make, Phone } from "./phone.js";
import { moment, newId, say } from "./words.js";

const EVERY = 1000; // ms between questions
const cast = JSON.parse(document.getElementById("cast").textContent);
const warning = document.getElementById("warning");
const phones = document.getElementById("phones");
const chooserBar = document.getElementById("chooser");

const chats = new Map(); // name -> {phone, button, unread, isOpen}
let run = "";
let next = 0;
let localNow = "";

// -- phones --------------------------------------------------------------------------------------------

function enter({ name, about, members }) {
  if (chats.has(name)) return;
  const mention = cast.mention_names[0];
  const phone = new Phone({
    name,
    about,
    members,
    mention,
    onSay: (speaker, text) => post("/sandbox/messages", { id: newId(), speaker, chat: name, text }),
    onClose: () => show(name, false),
  });
  const button = make("button");
  const chat = { phone, button, unread: 0, isOpen: false };
  chats.set(name, chat);
  button.addEventListener("click", () => show(name, !chat.isOpen));
  chooserBar.insertBefore(button, chooserBar.querySelector("form"));
  label(name);
}

function show(name, isOpen) {
  const chat = chats.get(name);
  chat.isOpen = isOpen;
  chat.unread = 0;
  if (isOpen) phones.append(chat.phone.element);
  else chat.phone.element.remove();
  chat.phone.log.scrollTop = chat.phone.log.scrollHeight;
  label(name);
  keep("sandbox.open", Array.from(phones.children, (element) => element.dataset.name));
}

function label(name) {
  const { button, unread, isOpen } = chats.get(name);
  button.textContent = name;
  if (unread > 0) button.append(make("span", "unread", String(unread)));
  button.setAttribute("aria-pressed", String(isOpen));
}

function reset() {
  chats.forEach(({ phone }) => phone.log.replaceChildren(make("p", "empty", say("page.sandbox_empty"))));
  next = 0;
}

// -- what happens --------------------------------------------------------------------------------------

async function look() {
  const response = await fetch(`/sandbox/feed?run=${run}&after=${next}`, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const feed = await response.json();
  const isFirst = run !== feed.run;
  if (isFirst && run) reset();
  if (!isFirst && feed.next < next) return; // an older answer that was overtaken
  const missed = feed.lines.slice(Math.max(0, feed.lines.length - (feed.next - (isFirst ? 0 : next))));
  run = feed.run;
  next = feed.next;
  missed.forEach((line) => take(line, !isFirst));
  showClock(feed.now);
}

function take(line, isFresh) {
  enter({ name: line.chat, about: say("page.sandbox_newcomer") });
  const chat = chats.get(line.chat);
  chat.phone.add(line, isFresh);
  if (!chat.isOpen && isFresh && !line.speaker) {
    chat.unread += 1;
    label(line.chat);
  }
}

async function keepLooking() {
  try {
    await look();
    if (warning.textContent === say("page.sandbox_offline")) warn("");
  } catch (unreachable) {
    warn(say("page.sandbox_offline"));
  }
  setTimeout(keepLooking, EVERY);
}

function warn(sentence) {
  warning.textContent = sentence;
  warning.hidden = !sentence;
}

async function post(path, body) {
  warn("");
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) warn((await response.json()).error);
    await look();
  } catch (unreachable) {
    warn(say("page.sandbox_failed"));
  }
}

// -- the clock -----------------------------------------------------------------------------------------

const clock = document.getElementById("clock");
const dateField = clock.querySelector("input");

function showClock(iso) {
  localNow = iso.slice(0, 16);
  clock.querySelector("output").textContent = moment(iso);
  dateField.min = localNow;
  if (dateField.value < localNow && document.activeElement !== dateField) dateField.value = localNow;
}

/** 08:31 of tomorrow, or of the next Monday, as a wall-clock time. */
function nextMorning(which) {
  const day = new Date(`${localNow.slice(0, 10)}T00:00:00Z`);
  do day.setUTCDate(day.getUTCDate() + 1);
  while (which === "week" && day.getUTCDay() !== 1);
  return `${day.toISOString().slice(0, 10)}T08:31`;
}

clock.querySelectorAll("[data-forward]").forEach((button) => {
  button.addEventListener("click", () => post("/sandbox/clock", { forward: Number(button.dataset.forward) }));
});
clock.querySelectorAll("[data-next-morning]").forEach((button) => {
  button.addEventListener("click", () => post("/sandbox/clock", { to: nextMorning(button.dataset.nextMorning) }));
});
clock.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  post("/sandbox/clock", { to: dateField.value });
});

// -- and off it goes -----------------------------------------------------------------------------------

const adding = make("form");
const newName = make("input");
newName.placeholder = say("page.sandbox_add_hint");
newName.setAttribute("aria-label", say("page.sandbox_add_hint"));
newName.maxLength = 20;
adding.append(newName, make("button", "", say("page.sandbox_add")));
adding.addEventListener("submit", (event) => {
  event.preventDefault();
  const name = newName.value.trim();
  if (!name) return;
  enter({ name, about: say("page.sandbox_newcomer") });
  show(name, true);
  newName.value = "";
});
chooserBar.append(adding);

cast.people.forEach(enter);
cast.groups.forEach(({ name, members }) =>
  enter({ name, members, about: say("page.sandbox_members", { count: members.length }) }),
);
kept("sandbox.open", cast.opened).forEach((name) => chats.has(name) && show(name, true));
keepLooking();
