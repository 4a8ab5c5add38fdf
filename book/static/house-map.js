// The map of chapters: all that a chapter stands on lights up while the pointer or focus is on it.
(function () {
  document.addEventListener("DOMContentLoaded", () => {
    for (const map of document.querySelectorAll(".house-map")) {
      const items = [...map.querySelectorAll("li[data-chapter]")];
      const light = (item) => {
        const on = new Set(item ? [item.dataset.chapter, ...item.dataset.before.split(" ")] : []);
        map.classList.toggle("lit", Boolean(item));
        for (const part of map.querySelectorAll("[data-chapter]"))
          part.classList.toggle("on", on.has(part.dataset.chapter));
        for (const arc of map.querySelectorAll("path"))
          arc.classList.toggle("on", on.has(arc.dataset.from) && on.has(arc.dataset.to));
      };
      for (const item of items) {
        item.addEventListener("mouseenter", () => light(item));
        item.addEventListener("mouseleave", () => light(null));
        item.addEventListener("focusin", () => light(item));
        item.addEventListener("focusout", () => light(null));
      }
    }
  });
})();
