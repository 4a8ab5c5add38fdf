// A word's meaning beside the word: shown by pointer, keyboard or finger, closed with Escape.
(function () {
  const bubble = document.createElement("div");
  bubble.id = "house-bubble";
  bubble.setAttribute("role", "tooltip");
  bubble.hidden = true;
  let owner = null;
  let leaving = 0;

  function show(link) {
    const about = document.getElementById("about-term-" + link.dataset.term);
    if (!about) return;
    clearTimeout(leaving);
    if (owner === link) return;
    hide();
    owner = link;
    bubble.innerHTML = about.innerHTML;
    bubble.hidden = false;
    link.setAttribute("aria-describedby", bubble.id);
    place(link);
  }

  // Under the word, or above it where there is no room; never over the page's edge.
  function place(link) {
    const word = link.getBoundingClientRect();
    const edge = 8;
    const room = document.documentElement.clientWidth;
    const wide = Math.min(384, room - 2 * edge);
    bubble.style.width = wide + "px";
    bubble.style.left = Math.max(edge, Math.min(word.left, room - wide - edge)) + "px";
    const tall = bubble.offsetHeight;
    const under = word.bottom + 6;
    const fits = under + tall <= innerHeight || word.top < tall + 6;
    bubble.style.top = (fits ? under : word.top - tall - 6) + "px";
  }

  function hide() {
    clearTimeout(leaving);
    if (owner) owner.removeAttribute("aria-describedby");
    owner = null;
    bubble.hidden = true;
  }

  // The pointer may cross the gap to the bubble and rest there.
  const hideSoon = () => {
    clearTimeout(leaving);
    leaving = setTimeout(hide, 200);
  };

  function start() {
    document.body.append(bubble);
    for (const link of document.querySelectorAll("a[data-term]")) {
      link.addEventListener("mouseenter", () => show(link));
      link.addEventListener("mouseleave", hideSoon);
      link.addEventListener("focus", () => show(link));
      link.addEventListener("blur", hide);
      // A finger cannot hover: its first touch tells, the second one follows the link.
      link.addEventListener("touchend", (event) => {
        if (owner === link) return;
        event.preventDefault();
        show(link);
      });
    }
    bubble.addEventListener("mouseenter", () => clearTimeout(leaving));
    bubble.addEventListener("mouseleave", hideSoon);
    document.addEventListener("touchstart", (event) => {
      if (owner && !owner.contains(event.target) && !bubble.contains(event.target)) hide();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") hide();
    });
    document.addEventListener("scroll", () => owner && place(owner), { passive: true });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
