// Sorting, filtering and the choice of a list. Without it the page shows everything in the order of the queries.
"use strict";
(() => {
  const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
  const select = document.getElementById("list");
  const tables = [...document.querySelectorAll("main > section table")].map((table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row, place) => ({ row, place, text: null }));
    return { table, body, rows, input: null, told: null };
  });

  function show(entry) {
    const list = select ? select.value : "";
    const wanted = entry.input ? words(entry.input.value) : [];
    const hasLists = entry.rows.some(({ row }) => row.dataset.lists !== undefined);
    let shown = 0;
    for (const item of entry.rows) {
      if (wanted.length && item.text === null) item.text = item.row.textContent.toLowerCase();
      const isIn = !list || !hasLists || (item.row.dataset.lists || "").split(" ").includes(list);
      item.row.hidden = !(isIn && wanted.every((word) => item.text.includes(word)));
      if (!item.row.hidden) shown += 1;
    }
    if (entry.told) {
      const of = list && !hasLists ? " (all lists together)" : "";
      entry.told.textContent = shown === entry.rows.length ? of.trim() : `${shown} of ${entry.rows.length} rows${of}`;
    }
  }

  function value(row, column) {
    const cell = row.cells[column];
    return cell.dataset.sort === undefined ? cell.textContent.trim() : cell.dataset.sort;
  }

  function sort(entry, column, head) {
    const goesDown = head.getAttribute("aria-sort") === "ascending";
    for (const other of entry.table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", goesDown ? "descending" : "ascending");
    const keys = new Map(entry.rows.map((item) => [item, value(item.row, column)]));
    const isEmpty = (key) => key === "" || key === "-";
    const numbers = [...keys.values()].every((key) => isEmpty(key) || !Number.isNaN(Number(key)));
    const compare = new Intl.Collator("en", { numeric: true }).compare;
    entry.rows.sort((a, b) => {
      const [x, y] = [keys.get(a), keys.get(b)];
      if (isEmpty(x) || isEmpty(y)) return isEmpty(x) - isEmpty(y) || a.place - b.place;
      const order = numbers ? Number(x) - Number(y) : compare(x, y);
      return (goesDown ? -order : order) || a.place - b.place;
    });
    entry.body.append(...entry.rows.map(({ row }) => row));
  }

  for (const entry of tables) {
    [...entry.table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(entry, column, head));
      head.append(button);
    });
    const controls = entry.table.closest("section").querySelector(".controls");
    if (controls) {
      controls.hidden = false;
      entry.input = controls.querySelector("input");
      entry.told = controls.querySelector("output");
      entry.input.addEventListener("input", () => show(entry));
    }
  }
  if (select) {
    document.getElementById("filters").hidden = false;
    select.addEventListener("change", () => tables.forEach(show));
    tables.forEach(show); // a browser may have kept the choice
  }
})();
