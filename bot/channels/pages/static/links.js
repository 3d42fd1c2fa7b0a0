// Text of a message to nodes: never as HTML, with phone numbers and ticket numbers to tap.

import { say } from "./words.js";

const PHOTO = /https?:\/\/[^\s/]+(\/photos\/[0-9a-f]{32}\.jpg\?\S+)/g;
const NUMBERS = /[A-Z]\d{4}-\d{4,}|0\d{2,3}-\d{7,8}|1[3-9]\d{9}|\d{3,5}/g;
const TICKET = /^[A-Z]/;
// Numbers of three to five digits that ring everywhere: 110, 120, 12345, 96333, 95598.
const SHORT = /^(1(10|19|20|22)|12[1-9]\d{2}|9[56]\d{3})$/;
const PART_OF_A_NUMBER = /[\d.\-:：#A-Za-z]/;
const COUNTED = /^\s?[\d.\-:：%元块毛号楼栋幢单室户层年月日时点分秒个件人条张平米]/;

function rings(number, before, after) {
  if (PART_OF_A_NUMBER.test(before)) return false;
  if (number.length > 5) return !/\d/.test(after.charAt(0));
  return SHORT.test(number) && !COUNTED.test(after);
}

/** Puts `text` into `element`. `onTicket` is called with the number of a ticket that was tapped. */
export function fill(element, text, onTicket) {
  let end = 0;
  for (const found of text.matchAll(PHOTO)) {
    fillWords(element, text.slice(end, found.index), onTicket);
    element.append(photo(found[1]));
    end = found.index + found[0].length;
  }
  fillWords(element, text.slice(end), onTicket);
}

function fillWords(element, text, onTicket) {
  let end = 0;
  for (const found of text.matchAll(NUMBERS)) {
    const number = found[0];
    const isTicket = TICKET.test(number);
    const before = text.charAt(found.index - 1);
    const after = text.slice(found.index + number.length);
    if (isTicket ? !onTicket : !rings(number, before, after)) continue;
    element.append(text.slice(end, found.index), isTicket ? ticket(number, onTicket) : phone(number));
    end = found.index + number.length;
  }
  element.append(text.slice(end));
}

/** From this very server, whatever name it goes by in the link. */
function photo(path) {
  const link = document.createElement("a");
  link.href = path;
  link.target = "_blank";
  const image = document.createElement("img");
  image.src = path;
  image.alt = say("page.photo_label");
  link.append(image);
  return link;
}

function phone(number) {
  const link = document.createElement("a");
  link.href = `tel:${number}`;
  link.textContent = number;
  return link;
}

function ticket(number, onTicket) {
  const link = document.createElement("a"); // a button would break the line before the full stop
  link.href = "#";
  link.className = "ticket";
  link.setAttribute("role", "button");
  link.textContent = number;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    onTicket(number);
  });
  return link;
}
