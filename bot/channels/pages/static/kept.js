// What the phone keeps between visits; in memory alone where it may not keep anything.

const PREFIX = "linli.";
const memory = new Map();

function storage() {
  try {
    return window.localStorage;
  } catch (refused) {
    return null;
  }
}

const store = storage();

export function keep(name, value) {
  memory.set(name, value);
  try {
    if (store) store.setItem(PREFIX + name, JSON.stringify(value));
  } catch (full) {
    // The line is still on the screen and is still sent.
  }
}

export function forget(name) {
  memory.delete(name);
  if (store) store.removeItem(PREFIX + name);
}

export function kept(name, otherwise) {
  if (memory.has(name)) return memory.get(name);
  try {
    const text = store && store.getItem(PREFIX + name);
    return text ? JSON.parse(text) : otherwise;
  } catch (broken) {
    return otherwise;
  }
}

/** All values whose name begins with `start`, in no order. */
export function keptUnder(start) {
  const names = new Set([...memory.keys()].filter((name) => name.startsWith(start)));
  for (let index = 0; store && index < store.length; index += 1) {
    const key = store.key(index);
    if (key.startsWith(PREFIX + start)) names.add(key.slice(PREFIX.length));
  }
  return [...names].map((name) => kept(name, null)).filter((value) => value !== null);
}
