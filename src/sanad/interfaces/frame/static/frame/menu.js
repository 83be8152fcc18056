// Menus that open: one at a time, closed by Escape or by a press elsewhere. Without this script they open and close too.
"use strict";

const menus = () => document.querySelectorAll(".masthead details");

document.addEventListener("click", (event) => {
  for (const menu of menus()) {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    if (!menu.open) continue;
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
