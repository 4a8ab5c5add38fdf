// Every diagram on the page that has no life yet: a box, chosen, tells what it does.
(() => {
  for (const root of document.querySelectorAll("[data-transformer]:not([data-alive])")) {
    root.dataset.alive = "yes";
    const told = JSON.parse(root.dataset.transformer);
    const says = root.querySelector("[data-part=told]");
    const boxes = [...root.querySelectorAll("[data-box]")];
    const choose = (box) => {
      for (const each of boxes) each.setAttribute("aria-pressed", String(each === box));
      says.textContent = told[Number(box.dataset.box)];
    };
    for (const box of boxes) {
      box.addEventListener("click", () => choose(box));
      box.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        choose(box);
      });
    }
  }
})();
