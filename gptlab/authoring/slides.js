// One slide at a time, by keyboard, by button, by address (#7).
(function () {
  const slides = [...document.querySelectorAll(".slide")];
  const place = document.getElementById("place");
  let now = 0;

  function show(number) {
    now = Math.max(0, Math.min(slides.length - 1, number));
    slides.forEach((slide, index) => slide.classList.toggle("now", index === now));
    place.textContent = `${now + 1} of ${slides.length}`;
    history.replaceState(null, "", `#${now + 1}`);
    fit(slides[now]);
  }

  // What is higher than the window becomes smaller, down to three fifths; what is still higher slides.
  function fit(slide) {
    const shown = slide.querySelector(".shown");
    shown.style.zoom = 1;
    const room = slide.clientHeight - 90;
    const speaking = document.body.classList.contains("speaking");
    if (!speaking && shown.offsetHeight > room) shown.style.zoom = Math.max(0.6, room / shown.offsetHeight);
  }

  function notes() {
    const on = document.body.classList.toggle("speaking");
    document.getElementById("notes").setAttribute("aria-pressed", on);
    fit(slides[now]);
  }

  function full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.().catch(() => {});
  }

  const keys = {
    ArrowRight: () => show(now + 1),
    ArrowDown: () => show(now + 1),
    PageDown: () => show(now + 1),
    " ": () => show(now + 1),
    ArrowLeft: () => show(now - 1),
    ArrowUp: () => show(now - 1),
    PageUp: () => show(now - 1),
    Home: () => show(0),
    End: () => show(slides.length - 1),
    n: notes,
    f: full,
  };
  document.addEventListener("keydown", (event) => {
    // A widget on a slide keeps its own keys.
    const inside = event.target.closest?.("input, textarea, select, button, a, .picture [tabindex]");
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const turns = ["PageDown", "PageUp"].includes(event.key);
    if (inside && !turns && !(inside.closest("footer") && event.key.startsWith("Arrow"))) return;
    const act = keys[event.key] || keys[event.key.toLowerCase()];
    if (act) {
      event.preventDefault();
      act();
    }
  });
  document.getElementById("back").onclick = () => show(now - 1);
  document.getElementById("on").onclick = () => show(now + 1);
  document.getElementById("notes").onclick = notes;
  document.getElementById("full").onclick = full;
  window.addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1 || 0));
  window.addEventListener("resize", () => fit(slides[now]));
  window.addEventListener("load", () => fit(slides[now]));

  document.body.classList.add("live");
  show(Number(location.hash.slice(1)) - 1 || 0);
})();
