// The chat page: puts the parts together.

import { Incoming } from "./incoming.js";
import { keep } from "./kept.js";
import { Outgoing } from "./outgoing.js";
import { Photo } from "./photo.js";
import { Transcript } from "./transcript.js";
import { newId, say } from "./words.js";

const LONGEST_TEXT = 2000; // characters; the bot reads no more
const START = ["report", "lawyer", "volunteer"];

const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const composer = byId("composer");
const input = composer.querySelector("textarea");

// The bot's clock, which a demo moves: lines and answers stand under the same time.
let ahead = Date.parse(document.body.dataset.now) - Date.now();
const now = () => new Date(Date.now() + ahead).toISOString();

// -- what goes out and what comes in ---------------------------------------------------------------

const transcript = new Transcript(byId("log"), {
  onSay: (text, label) => send(text, { label }),
  onTicket: (number) => send(say("page.ask_progress", { number })),
  onRetry: () => outgoing.retry(),
});

const outgoing = new Outgoing({
  onState: (id, state) => transcript.setState(id, state),
  onAnswer: ({ at, messages }) => {
    ahead = Date.parse(at) - Date.now();
    receive(messages);
  },
});

const incoming = new Incoming({
  onMessages: receive,
  onConnection: (holds) => {
    if (holds && !byId("connection").hidden) outgoing.retry();
    byId("connection").hidden = holds;
  },
});

function receive(messages) {
  messages.forEach((message) => transcript.add({ ...message, side: "bot" }));
}

function send(text, { label = text, photos = [], picture = "" } = {}) {
  const id = newId();
  transcript.add({ id, side: "mine", text: label, picture, at: now(), state: "sending" });
  outgoing.add({ id, text, photos, place: place.dataset.place });
}

// -- typing ------------------------------------------------------------------------------------------

function warn(sentence) {
  byId("warning").textContent = sentence;
  byId("warning").hidden = !sentence;
}

function sendTyped() {
  const text = input.value.trim();
  const length = Array.from(text).length;
  if (length > LONGEST_TEXT) {
    warn(say("page.too_long", { most: LONGEST_TEXT, length }));
    return;
  }
  if (photo.state === "uploading") {
    warn(say("page.photo_wait"));
    return;
  }
  if (!text && photo.state !== "ready") {
    input.focus();
    return;
  }
  send(text, { photos: photo.name ? [photo.name] : [], picture: photo.name ? photo.picture : "" });
  input.value = "";
  photo.clear();
  warn("");
  grow();
}

function grow() {
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight + 4}px`;
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  sendTyped();
});
input.addEventListener("keydown", (event) => {
  const choosesWord = event.isComposing || event.keyCode === 229; // Enter belongs to the Chinese keyboard
  if (event.key === "Enter" && !event.shiftKey && !choosesWord) {
    event.preventDefault();
    sendTyped();
  }
});
input.addEventListener("input", () => {
  warn("");
  grow();
});

// -- a photo -----------------------------------------------------------------------------------------

const tray = byId("tray");
const trayButton = tray.querySelector("button");
const fileInput = byId("photo").querySelector("input");

const photo = new Photo({
  onChange: ({ state, picture }) => {
    tray.hidden = state === "none";
    if (tray.hidden) return;
    tray.querySelector("img").src = picture;
    tray.querySelector("img").hidden = !picture;
    tray.querySelector("span").textContent = say(`page.photo_${state}`);
    trayButton.textContent = say(state === "failed" ? "page.retry_label" : "page.photo_drop");
    if (state === "ready") warn("");
  },
});
fileInput.addEventListener("change", () => {
  if (fileInput.files.length > 0) photo.choose(fileInput.files[0]);
  fileInput.value = ""; // the same photo may be chosen again
});
trayButton.addEventListener("click", () => (photo.state === "failed" ? photo.send() : photo.clear()));

// -- the place, the person, the print ----------------------------------------------------------------

const place = byId("place");

function showPlace() {
  place.hidden = !place.dataset.place;
  place.querySelector("span").textContent = say("page.place", { place: place.dataset.place });
}

place.querySelector("button").addEventListener("click", () => {
  place.dataset.place = "";
  history.replaceState(null, "", location.pathname);
  showPlace();
});
byId("person").addEventListener("click", () => send(say("page.person_says"), { label: say("page.person_label") }));

function showPrint() {
  const isLarge = root.classList.contains("large");
  byId("print").textContent = say(isLarge ? "page.print_normal" : "page.print_large");
  byId("print").setAttribute("aria-pressed", String(isLarge));
  grow();
}

byId("print").addEventListener("click", () => {
  const isLarge = root.classList.toggle("large");
  keep("print", isLarge ? "large" : "normal");
  showPrint();
  transcript.toEnd();
});

// -- and off it goes -----------------------------------------------------------------------------------

if (transcript.isEmpty) {
  const buttons = START.map((what) => ({ label: say(`page.start_${what}`), says: say(`page.start_${what}_says`) }));
  transcript.add({ id: "greeting", side: "bot", text: say("page.greeting"), at: now(), buttons });
}
showPlace();
showPrint();
outgoing.retry();
incoming.connect();
root.classList.add("started");
