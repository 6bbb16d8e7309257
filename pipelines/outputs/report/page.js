// Shows what a mark of a drawing says beside the pointer. All else on the page works without this program.
"use strict";

const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
document.body.append(tip);

function entries(label) {
  return label.split(/; (?=[A-Z][^:;]*: )/);
}

document.addEventListener("pointermove", (event) => {
  const mark = event.target.closest?.(".drawing svg [aria-roledescription][aria-label]");
  const said = mark && !/axis|legend|title|group/.test(mark.getAttribute("aria-roledescription"));
  tip.hidden = !said;
  if (!said) return;
  tip.replaceChildren(...entries(mark.getAttribute("aria-label")).map((entry) => {
    const line = document.createElement("div");
    line.textContent = entry;
    return line;
  }));
  const left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8);
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8)}px`;
});
