// What needs script is hidden until there is script.
for (const each of document.querySelectorAll(".needs-script")) { each.hidden = false; }
