// The picture of seventy years: choose a board, walk from point to point, read what each one is.
(function () {
  function start(box) {
    const boards = [...box.querySelectorAll(".house-board")];
    const buttons = [...box.querySelectorAll(".house-choice button")];
    const choose = (name) => {
      for (const board of boards) board.hidden = board.dataset.board !== name;
      for (const button of buttons)
        button.setAttribute("aria-pressed", String(button.dataset.board === name));
    };
    for (const button of buttons) button.addEventListener("click", () => choose(button.dataset.board));
    if (buttons.length) {
      box.querySelector(".house-choice").hidden = false;
      choose(boards[0].dataset.board);
    }
    for (const board of boards) {
      const line = board.querySelector(".house-board-told");
      const points = [...board.querySelectorAll("a[data-told]")];
      line.hidden = false;
      let shown = null;
      const tell = (point) => {
        if (shown) shown.classList.remove("shown");
        shown = point;
        point.classList.add("shown");
        line.innerHTML = point.dataset.told;
      };
      points.forEach((point, place) => {
        point.addEventListener("mouseenter", () => tell(point));
        point.addEventListener("focus", () => tell(point));
        // A finger cannot hover: its first touch tells, the second one follows.
        point.addEventListener("touchend", (event) => {
          if (shown === point) return;
          event.preventDefault();
          tell(point);
        });
        point.addEventListener("keydown", (event) => {
          const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
          const next = step && points[place + step];
          if (!next) return;
          event.preventDefault();
          next.focus();
        });
      });
    }
  }
  document.addEventListener("DOMContentLoaded", () =>
    document.querySelectorAll(".house-boards").forEach(start),
  );
})();
