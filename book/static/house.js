// What the theme leaves out for readers who use a keyboard, a screen reader or a printer.
(function () {
  const sliding =
    "figure.gptlab-figure, .bd-article pre, .pst-scrollable-table-container, mjx-container[display=true]";

  // What slides sideways must be reachable by keyboard: give it a tab stop, take it away when it fits.
  function mark() {
    for (const box of document.querySelectorAll(sliding)) {
      if (box.scrollWidth > box.clientWidth + 1) box.setAttribute("tabindex", "0");
      else if (box.getAttribute("tabindex") === "0") box.removeAttribute("tabindex");
    }
  }

  // The arrow that folds a chapter's pages has no words of its own.
  function name() {
    for (const arrow of document.querySelectorAll("nav summary")) {
      const chapter = arrow.closest("li").querySelector("a").textContent.trim();
      arrow.setAttribute("aria-label", "Pages of " + chapter);
    }
    // Entries of a bibliography are no list items to a screen reader, so their box is no list.
    for (const box of document.querySelectorAll(".citation-list")) box.removeAttribute("role");
    const bar = document.querySelector(".bd-sidebar-primary");
    if (bar) {
      bar.setAttribute("role", "complementary");
      bar.setAttribute("aria-label", "The book");
    }
  }

  // A page opened from a file may not read others: results come without a passage of their text.
  if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined")
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  // Paper is white, whatever the screen was.
  function print(event) {
    const page = document.documentElement;
    if (event.type === "beforeprint") {
      page.dataset.screenTheme = page.dataset.theme;
      page.dataset.theme = "light";
    } else if (page.dataset.screenTheme) page.dataset.theme = page.dataset.screenTheme;
  }

  // After a search Sphinx marks the words on the page that is opened, inside of scripts too, one call
  // deeper for each word found; a widget's data are too long for that. So their text is away until
  // then: it waits ten milliseconds from this same event on, and of equal waits the later ends later.
  function searched() {
    try {
      if (localStorage.getItem("sphinx_highlight_terms")) return true;
    } catch {} // no storage, nothing kept
    return new URLSearchParams(location.search).has("highlight");
  }
  let away = [];
  function putAway() {
    if (!searched()) return;
    away = [...document.body.querySelectorAll("script:not([src])")].map((it) => [it, it.textContent]);
    for (const [script] of away) script.textContent = "";
  }
  function bringBack() {
    for (const [script, text] of away) script.textContent = text;
    away = [];
  }

  window.addEventListener("DOMContentLoaded", putAway, true);
  window.addEventListener("DOMContentLoaded", () => window.setTimeout(bringBack, 10));
  window.addEventListener("beforeprint", print);
  window.addEventListener("afterprint", print);
  window.addEventListener("DOMContentLoaded", name);
  window.addEventListener("load", mark);
  window.addEventListener("resize", mark);
})();
