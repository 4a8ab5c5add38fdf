// The parts of a GPT as a list of tabs: the chosen one's panel is shown. Panels come with the box
// (data-architecture); boxes that nobody has set up yet are looked for.
(() => {
  function setUp(box) {
    const number = document.querySelectorAll("[data-architecture][data-ready]").length;
    const tabs = [...box.querySelectorAll("[role=tab]")];
    const panels = [...box.querySelectorAll("[role=tabpanel]")];
    tabs.forEach((tab, i) => {
      tab.id = `gpt-part-${number}-${i}`;
      panels[i].id = `gpt-panel-${number}-${i}`;
      tab.setAttribute("aria-controls", panels[i].id);
      panels[i].setAttribute("aria-labelledby", tab.id);
    });

    function show(chosen, focus) {
      tabs.forEach((tab, i) => {
        tab.setAttribute("aria-selected", String(i === chosen));
        tab.tabIndex = i === chosen ? 0 : -1;
        panels[i].hidden = i !== chosen;
      });
      if (focus) tabs[chosen].focus();
    }

    const moves = {
      ArrowDown: (i) => (i + 1) % tabs.length,
      ArrowUp: (i) => (i + tabs.length - 1) % tabs.length,
      Home: () => 0,
      End: () => tabs.length - 1,
    };
    tabs.forEach((tab, i) => {
      tab.addEventListener("click", () => show(i, false));
      tab.addEventListener("keydown", (event) => {
        event.stopPropagation(); // Lab and the book have shortcuts of their own on these keys
        if (!(event.key in moves)) return;
        event.preventDefault();
        show(moves[event.key](i), true);
      });
    });
    box.dataset.ready = "";
    show(0, false);
  }

  document.querySelectorAll("[data-architecture]:not([data-ready])").forEach(setUp);
})();
