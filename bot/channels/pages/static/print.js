// Runs before the page is painted, so that large print does not jump in; plain enough for any browser.
(function () {
  var root = document.documentElement;
  try {
    if (localStorage.getItem("linli.print") === '"large"') root.classList.add("large");
  } catch (refused) {
    // A browser that keeps nothing shows the ordinary size.
  }
  // A browser too old for the page's script, or a line too poor to fetch it, gets the page that needs none.
  window.addEventListener("load", function () {
    if (!root.classList.contains("started")) location.replace("/chat/plain" + location.search);
  });
})();
