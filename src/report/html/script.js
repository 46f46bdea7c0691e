// Filters the list. Without it everything is there, only longer.
(() => {
  const controls = document.getElementById("controls");
  const items = [...document.querySelectorAll(".finding")];
  if (!controls || !items.length) return;
  const search = controls.querySelector("input[type=search]");
  const select = controls.querySelector("select");
  const levels = [...controls.querySelectorAll("input[type=checkbox]")];
  const shown = document.getElementById("shown");
  const texts = items.map(item => item.textContent.toLowerCase());
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const on = new Set(levels.filter(box => box.checked).map(box => box.value));
    let count = 0;
    items.forEach((item, at) => {
      const fits = on.has(item.dataset.level) && (!select.value || item.dataset.rule === select.value)
        && words.every(word => texts[at].includes(word));
      item.hidden = !fits;
      count += fits;
    });
    shown.textContent = `${count} of ${items.length} shown`;
  };
  let timer;
  search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 120); });
  [select, ...levels].forEach(control => control.addEventListener("change", filter));
  controls.hidden = false;
  filter();
})();
